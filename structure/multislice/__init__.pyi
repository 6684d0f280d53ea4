from .image import scherzer_defocus_nm as scherzer_defocus_nm, simulate_multislice as simulate_multislice
