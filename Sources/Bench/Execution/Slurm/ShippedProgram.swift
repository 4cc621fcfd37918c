import Datasets
import Files
import Foundation
import Processes

/// A copy of this program beside its shared libraries, which a node without them can run.
struct ShippedProgram {
  let path: String
  /// The folder of the libraries; `nil` where none had to be copied.
  let libraries: String?

  /// Libraries that belong to the kernel and the C library of a machine, and must be those of the node.
  private static let ownOfNode = [
    "linux-vdso", "ld-linux", "libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "libresolv.so",
    "libutil.so",
  ]

  /// Copies the program, unless it is there, into a folder named by its SHA-256.
  ///
  /// - Parameter shared: the folder that all nodes share.
  static func ship(_ program: String, sha256: String, to shared: String) throws(ClusterError) -> ShippedProgram {
    let place = "\(shared)/programs/\(sha256)"
    let name = (program as NSString).lastPathComponent
    if SHA256.ofFile("\(place)/\(name)") != sha256 {
      try? FileManager.default.removeItem(atPath: place)
      let draft = try WorkFolder.output { () throws(OutputError) in try FolderDraft(for: place) }
      do {
        let files = FileManager.default
        try files.createDirectory(atPath: "\(draft.path)/lib", withIntermediateDirectories: true)
        try files.copyItem(atPath: program, toPath: "\(draft.path)/\(name)")
        for library in sharedLibraries(of: program) {
          let source = URL(filePath: library).resolvingSymlinksInPath().path
          try files.copyItem(atPath: source, toPath: "\(draft.path)/lib/\((library as NSString).lastPathComponent)")
        }
        try draft.commit()
      } catch {
        draft.discard()
        throw .output(error as? OutputError ?? OutputError(path: place, .system(errno)))
      }
    }
    return ShippedProgram(path: "\(place)/\(name)", libraries: "\(place)/lib")
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
