"""Results as people read them: trees, summaries, the compiler's stages."""
