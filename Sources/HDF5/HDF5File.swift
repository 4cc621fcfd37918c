/// Reads and writes HDF5 files.
