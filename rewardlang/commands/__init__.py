"""The commands of the command line, a module each: they read files, call the pipeline and print."""
