import Datasets
import Files
import Foundation

/// The measuring programs that a results folder keeps, each once, under the SHA-256 of its file.
///
/// With them a run of an earlier commit can be measured again without building that commit.
public struct KeptPrograms: Sendable {
  private static let name = "programs"

  private let folder: String

  /// - Parameter results: the results folder.
  public init(in results: String) { folder = "\(results)/\(Self.name)" }

  /// Copies a program into the folder, unless it is there.
  ///
  /// - Throws: `OutputError`.
  public func keep(_ program: String) throws(OutputError) {
    guard let digest = SHA256.ofFile(program) else { throw OutputError(path: program, .system(ENOENT)) }
    guard SHA256.ofFile(place(of: digest)) != digest else { return }
    _ = try OutputFolder(creating: folder)
    let draft = try OutputFile(place(of: digest)).draft()
    do { try FileManager.default.copyItem(atPath: program, toPath: draft.path) } catch {
      draft.discard()
      throw OutputError(path: place(of: digest), .system(errno))
    }
    chmod(draft.path, 0o755)
    do throws(OutputError) { try draft.commit() } catch {
      draft.discard()
      throw error
    }
  }

  /// The path of the program that measured a run; `nil` when it is not kept, or its file was changed.
  public func path(of provenance: Provenance) -> String? {
    let digest = provenance.programSHA256
    guard !digest.isEmpty, digest.allSatisfy(\.isHexDigit), SHA256.ofFile(place(of: digest)) == digest else {
      return nil
    }
    return place(of: digest)
  }

  private func place(of digest: String) -> String { "\(folder)/\(digest)" }
}
