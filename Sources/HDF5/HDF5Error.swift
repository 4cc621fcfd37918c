/// Why a file could not be read or written; every description is one line that names the file.
public enum HDF5Error: Error, Equatable, Sendable {
  /// There is no file at the path.
  case missingFile(path: String)
  /// The path is a folder.
  case isFolder(path: String)
  /// The path is a device, a pipe or a socket.
  case isNoFile(path: String)
  /// The operating system refuses the file; `reason` is the system's text.
  case notAccessible(path: String, reason: String)
  /// The file does not start with HDF5's signature.
  case notHDF5(path: String)
  /// The file is shorter than it states (`H5E_TRUNCATED`).
  case truncated(path: String, detail: String)
  /// There is no dataset with this name; `available` are the existing names.
  case missingDataset(path: String, name: String, available: [String])
  /// The elements of the dataset are in another file; `target` is the name of that file as stored.
  case elsewhere(path: String, name: String, target: String)
  /// The element type cannot be read as numbers.
  case unsupportedType(path: String, name: String, type: String)
  /// The shape does not fit the operation; `expected` says which shapes do.
  case wrongShape(path: String, name: String, shape: [Int], expected: String)
  /// The file claims more elements than the file, the memory or the address space can hold.
  case tooLarge(path: String, name: String, shape: [Int], reason: String)
  /// Stored bytes do not decode to what the dataset declares.
  case corrupt(path: String, name: String, detail: String)
  /// HDF5 refused an operation; `detail` is HDF5's error stack, the cause first.
  case library(path: String, name: String?, operation: String, detail: String)
}

extension HDF5Error: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingFile(let path):
      "\(path): no such file; check the path"
    case .isFolder(let path):
      "\(path): is a folder, not an HDF5 file; name the file in it"
    case .isNoFile(let path):
      "\(path): is a device, pipe or socket, not an HDF5 file; store it in a file first"
    case .notAccessible(let path, let reason):
      "\(path): \(reason)"
    case .notHDF5(let path):
      "\(path): not an HDF5 file; ann-benchmarks files end in .hdf5 and start with the bytes \\x89HDF"
    case .truncated(let path, let detail):
      "\(path): truncated, download it again (\(detail))"
    case .missingDataset(let path, let name, let available):
      "\(path): has no dataset '\(name)'; it has \(available.isEmpty ? "none" : available.joined(separator: ", "))"
    case .elsewhere(let path, let name, let target):
      "\(path): the elements of '\(name)' are in another file, '\(target)', which may change unnoticed; copy them into "
        + "one file"
    case .unsupportedType(let path, let name, let type):
      "\(path): '\(name)' holds \(type); floats, integers and booleans can be read"
    case .wrongShape(let path, let name, let shape, let expected):
      "\(path): '\(name)' has shape \(shape), but \(expected) is needed"
    case .tooLarge(let path, let name, let shape, let reason):
      "\(path): '\(name)' of shape \(shape) \(reason)"
    case .corrupt(let path, let name, let detail):
      "\(path): '\(name)' is damaged, download the file again (\(detail))"
    case .library(let path, let name, let operation, let detail):
      "\(path): \(name.map { "'\($0)': " } ?? "")cannot \(operation) (HDF5: \(detail))"
    }
  }
}
