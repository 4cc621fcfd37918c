import Foundation

/// The places of the files that come with the program: in the clone where it was built, or where `make install` put
/// them.
public struct ProgramFiles: Sendable, Equatable {
  /// The folder of the datasets that come with the program; it need not exist.
  public let datasets: String
  /// The folder of the programs that draw charts; it need not exist.
  public let charts: String
  /// The clone in which the program was built; `nil` for another one.
  private let clone: String?

  /// How the program is called: by its name, or by its path in a clone.
  public var command: String { command(in: FileManager.default.currentDirectoryPath) }

  /// How it is called in a folder: that of the clone, or another one.
  func command(in folder: String) -> String {
    guard let clone else { return ProgramName.current }
    let path = ".build/release/\(ProgramName.current)"
    func real(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path }
    return real(folder) == real(clone) ? path : Self.path(URL(filePath: clone), path)
  }

  /// The files of this process's program.
  public static let current = ProgramFiles(
    ofProgram: URL(filePath: Bundle.main.executablePath ?? CommandLine.arguments[0]))

  /// A program in a `.build` folder belongs to that clone. Any other program is in `PREFIX/bin`, and its files are in
  /// `PREFIX/share/recallbench`. Links to the program are followed.
  init(ofProgram program: URL) {
    let folder = program.resolvingSymlinksInPath().deletingLastPathComponent()
    var place = folder
    while place.pathComponents.count > 1 {
      if place.lastPathComponent == ".build" {
        datasets = Self.path(place.deletingLastPathComponent(), "datasets")
        charts = Self.path(place, "charts")
        clone = place.deletingLastPathComponent().path(percentEncoded: false)
        return
      }
      place.deleteLastPathComponent()
    }
    let share = folder.deletingLastPathComponent().appending(path: "share/recallbench")
    datasets = Self.path(share, "datasets")
    charts = Self.path(share, "charts")
    clone = nil
  }

  private static func path(_ folder: URL, _ name: String) -> String {
    folder.appending(path: name).path(percentEncoded: false)
  }
}
