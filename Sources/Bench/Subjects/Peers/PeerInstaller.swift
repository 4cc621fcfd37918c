import Foundation

/// Installs peers into the catalogue's folder: a private Python environment, and plug-ins compiled for this machine.
public struct PeerInstaller {
  private let catalog: PeerCatalog

  public init(_ catalog: PeerCatalog) { self.catalog = catalog }

  /// Installs libraries; progress goes to standard error, one line per step.
  ///
  /// - Parameter interpreter: the Python interpreter that creates the environment.
  /// - Returns: whether all of the libraries are installed now.
  /// - Throws: `PeerInstallerError`.
  public func install(_ libraries: [PeerCatalog.Library], interpreter: String = "python3") throws -> Bool {
    let files = FileManager.default.temporaryDirectory.appending(path: "recallbench-peers-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: files) }
    for (name, bytes) in PeerFiles.sources { try Data(bytes).write(to: files.appending(path: name)) }
    let entries = libraries.compactMap { try? JSONSerialization.jsonObject(with: $0.entry) }
    let order = try JSONSerialization.data(
      withJSONObject: ["folder": catalog.folder, "files": files.path, "libraries": entries])
    let script = PeerFiles.text(PackageResources.install_py)
    guard
      let child = ChildProcess(
        program: "/usr/bin/env", words: [interpreter, "-u", "-c", script], output: .inherited)
    else { throw PeerInstallerError.notStarted(interpreter, reason: String(cString: strerror(errno))) }
    child.send(String(decoding: order, as: UTF8.self))
    child.closeInput()
    switch child.wait() {
    case .exited(code: 0): return true
    case .exited(code: 127): throw PeerInstallerError.notStarted(interpreter, reason: "it does not exist")
    case .exited: return false
    case .signalled(let signal): throw PeerInstallerError.crashed(signal: signal)
    }
  }
}

/// The reason why nothing could be installed.
public enum PeerInstallerError: Error, CustomStringConvertible {
  case notStarted(String, reason: String)
  case crashed(signal: Int32)

  public var description: String {
    switch self {
    case .notStarted(let interpreter, let reason):
      "\(interpreter) could not be started: \(reason); install Python 3 (apt install python3-venv)"
    case .crashed(let signal): "the installer ended with signal \(signal); run the command again"
    }
  }
}
