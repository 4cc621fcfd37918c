import Datasets
import Files
import Foundation
import Processes

/// A copy of a program beside its shared libraries, which a node without them can run.
struct ShippedProgram: Codable, Equatable, Sendable {
  /// A script that runs the program with its libraries.
  let launcher: String
  /// The program's file.
  let path: String
  let sha256: String

  /// Libraries that belong to the kernel and the C library of a machine, and must be those of the node.
  private static let ownOfNode = [
    "linux-vdso", "ld-linux", "libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "libresolv.so",
    "libutil.so",
  ]

  /// What a program's folder contains.
  private struct Contents: Codable {
    /// The name of the program's file.
    let program: String
    /// The SHA-256 of each file, by its path in the folder.
    let files: [String: String]
  }

  private static let contentsFile = "contents.json"
  private static let launcherFile = "run"

  /// Copies a program, unless it is there unchanged with its libraries, into a folder named by its SHA-256.
  ///
  /// - Parameters:
  ///   - sha256: the SHA-256 of the program's file.
  ///   - shared: the folder that all nodes share.
  /// - Throws: `ClusterError.replacedProgram` for a file of another SHA-256, `.output`.
  static func ship(_ program: String, sha256: String, to shared: String) throws(ClusterError) -> ShippedProgram {
    let place = "\(shared)/programs/\(sha256)"
    if let found = valid(place, sha256: sha256) { return found }
    try? FileManager.default.removeItem(atPath: place)
    let draft = try WorkFolder.output { () throws(OutputError) in try FolderDraft(for: place) }
    do {
      try copy(program, sha256: sha256, into: draft.path)
      try draft.commit()
    } catch {
      let code = errno
      draft.discard()
      if let error = error as? ClusterError { throw error }
      // Another process may have been faster.
      if let found = valid(place, sha256: sha256) { return found }
      throw .output(error as? OutputError ?? OutputError(path: place, .system(code)))
    }
    guard let shipped = valid(place, sha256: sha256) else {
      throw .damaged(path: place, problem: "a copy of the program cannot be read back")
    }
    return shipped
  }

  /// The program in a folder whose files are all unchanged; `nil` when there is none.
  private static func valid(_ place: String, sha256: String) -> ShippedProgram? {
    guard let contents: Contents = try? WorkFolder.read("\(place)/\(contentsFile)"),
      contents.files[contents.program] == sha256,
      contents.files.allSatisfy({ SHA256.ofFile("\(place)/\($0)") == $1 })
    else { return nil }
    return ShippedProgram(
      launcher: "\(place)/\(launcherFile)", path: "\(place)/\(contents.program)", sha256: sha256)
  }

  private static func copy(_ program: String, sha256: String, into folder: String) throws {
    let files = FileManager.default
    // In a folder of its own, so that no name of a program is that of another file.
    let name = "bin/\((program as NSString).lastPathComponent)"
    for folder in ["\(folder)/bin", "\(folder)/lib"] {
      try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    try files.copyItem(atPath: program, toPath: "\(folder)/\(name)")
    guard SHA256.ofFile("\(folder)/\(name)") == sha256 else { throw ClusterError.replacedProgram(path: program) }
    var names = [name, launcherFile]
    for library in sharedLibraries(of: program) {
      let source = URL(filePath: library).resolvingSymlinksInPath().path
      names.append("lib/\((library as NSString).lastPathComponent)")
      try files.copyItem(atPath: source, toPath: "\(folder)/\(names[names.count - 1])")
    }
    let script = """
      #!/bin/sh
      here=${0%/*}
      LD_LIBRARY_PATH=$here/lib exec "$here"/\(BatchScript.quoted(name)) "$@"

      """
    try OutputFile("\(folder)/\(launcherFile)").write(script)
    guard chmod("\(folder)/\(launcherFile)", 0o755) == 0 else {
      throw OutputError(path: "\(folder)/\(launcherFile)", .system(errno))
    }
    var digests: [String: String] = [:]
    for name in names { digests[name] = SHA256.ofFile("\(folder)/\(name)") ?? "" }
    try WorkFolder.write(Contents(program: name, files: digests), to: "\(folder)/\(contentsFile)")
  }

  /// The paths of the libraries that the program needs, without those of the C library; empty where `ldd` is missing.
  static func sharedLibraries(of program: String) -> [String] {
    guard let text = SystemCommand.output(of: ["ldd", program]) else { return [] }
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 3, words[1] == "=>", words[2].hasPrefix("/") else { return nil }
      return ownOfNode.contains(where: words[0].hasPrefix) ? nil : String(words[2])
    }
  }
}
