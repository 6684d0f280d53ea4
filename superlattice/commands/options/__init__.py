"""What commands share: arguments, options of a simulation, and how results are printed."""
