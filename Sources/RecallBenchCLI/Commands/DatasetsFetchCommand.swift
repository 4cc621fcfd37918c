import Datasets
import Files
import Foundation

/// `\(ProgramName.current) datasets fetch`: brings a dataset of the catalog here, or goes on where an earlier try ended.
enum DatasetsFetchCommand: Command {
  static let description = CommandDescription(
    "datasets fetch", "download a dataset of the catalog; an interrupted download is continued",
    arguments: [Argument(.dataset("NAME"), "a name that `\(ProgramName.current) datasets list` shows")],
    options: [DatasetSource.folderOption, Option("--quiet", .flag, "show no progress and no summary")],
    notes: """
      The file is written to NAME.hdf5 in the folder of --datasets, which is created when it does not exist; the last
      line of the output has its path. Its SHA-256 is recorded in checksums.yml beside it the first time; every later
      file of that name must have the same.
      """,
    examples: ["datasets fetch sift-128-euclidean", "datasets fetch glove-25-angular --datasets /data/vectors"])

  static func run(_ arguments: Arguments) throws {
    let catalog = try DatasetSource(arguments).catalog()
    let entry = try catalog.entry(named: arguments.positionals[0])
    let isQuiet = arguments.has("--quiet")
    let line = ProgressLine(isShown: !isQuiet)
    let result = Result { () throws(FetchError) in
      try DatasetFetcher(catalog: catalog).fetch(entry) { received, total in
        line.draw(progress(of: entry.name, received, total))
      }
    }
    line.end()
    let fetched = try result.get()
    if !isQuiet { try Console.print(summary(of: fetched)) }
  }

  private static func summary(of fetched: DatasetFetcher.Fetched) -> String {
    let origin =
      switch fetched.origin {
      case .present: "was here"
      case .downloaded(resumedAt: 0): "downloaded"
      case .downloaded(let bytes): "downloaded from byte \(bytes) on"
      }
    let digest = fetched.isFirstSeen ? "recorded" : "as recorded"
    return "\(fetched.path): \(origin), \(fetched.byteCount) bytes, SHA-256 \(fetched.sha256) \(digest)\n"
  }

  private static func progress(of name: String, _ received: Int, _ total: Int?) -> String {
    let megabytes = String(format: "%.1f", Double(received) / 1e6)
    let share = total.map {
      String(format: " of %.1f MB  %.0f %%", Double($0) / 1e6, 100 * Double(received) / Double(max($0, 1)))
    }
    return "\(name)  \(megabytes)\(share ?? " MB")"
  }
}
