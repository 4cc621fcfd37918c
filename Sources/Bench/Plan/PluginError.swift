import VectorSearch

/// A fault of a plug-in; every description is one line that names the library's file.
public enum PluginError: IndexFailure, Equatable, Codable {
  /// The system's loader refuses the file.
  case notLoaded(path: String, reason: String)
  /// The file has no function `recallbench_library`, or the function returns nothing.
  case noLibrary(path: String)
  /// The library was compiled for another version of `recallbench_index.h`.
  case otherInterface(path: String, found: UInt32, expected: UInt32)
  /// A struct of the library is smaller than in the first version of the interface.
  case shortStruct(path: String, name: String, found: UInt32, least: UInt32)
  /// The library's declaration is invalid; `problem` describes the fault and its place.
  case declaration(path: String, problem: String)
  /// The process that read the declaration ended in this way.
  case ended(path: String, how: String)
  /// A call failed with this message of the library.
  case refused(path: String, call: String, message: String)
  /// A call reported success but returned no index.
  case nothingMade(path: String, call: String)
  /// A search wrote this many ids where k were requested.
  case tooManyAnswers(path: String, found: UInt32, k: Int)
  /// The library's file has changed since the sweep was planned.
  case changed(path: String)
  /// The library has no function for this operation.
  case unsupported(path: String, what: String)
}

extension PluginError {
  public var description: String {
    switch self {
    case .notLoaded(let path, let reason): "\(path): not loaded as a plug-in: \(reason)"
    case .noLibrary(let path):
      "\(path): no plug-in: recallbench_library() is missing or returns nothing; see recallbench_index.h"
    case .otherInterface(let path, let found, let expected):
      "\(path): made for version \(found) of recallbench_index.h, this program has version \(expected); compile it again "
        + "with this program's header"
    case .shortStruct(let path, let name, let found, let least):
      "\(path): \(name).struct_size is \(found), at least \(least) is needed; set it to sizeof(\(name))"
    case .declaration(let path, let problem): "\(path): \(problem)"
    case .ended(let path, let how): "\(path): asking it for its declaration \(how)"
    case .refused(let path, let call, let message):
      "\(path): \(call): \(message.isEmpty ? "failed, and gave no reason" : message)"
    case .nothingMade(let path, let call): "\(path): \(call) reported success but made no index"
    case .tooManyAnswers(let path, let found, let k):
      "\(path): search found \(found) neighbours where k is \(k); it may write k ids at most"
    case .changed(let path): "\(path): has been changed or removed since the sweep began; start the sweep again"
    case .unsupported(let path, let what): "\(path): the plug-in has no function to \(what)"
    }
  }
}
