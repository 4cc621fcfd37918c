// Processes and their clock are in the words of this module's own interface.
@_exported import Processes
