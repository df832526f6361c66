"""What training needs beside rewards: advantages of groups. Pure functions of arrays, for the caller to jit."""
