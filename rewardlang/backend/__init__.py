"""The backend: the host plan, the device function, and what crosses between them."""
