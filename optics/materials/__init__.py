"""Materials: masses, screening, gaps, refractive index and extinction, each with its source."""
