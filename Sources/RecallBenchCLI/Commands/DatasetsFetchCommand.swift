import Datasets
import Files
import Foundation

/// `recallbench datasets fetch`: brings a dataset here, or goes on where an earlier try ended.
enum DatasetsFetchCommand: Command {
  static let description = CommandDescription(
    "datasets fetch", "download a dataset; an interrupted download is continued",
    arguments: [
      Argument(
        .dataset("NAME|ADDRESS"),
        "a name that `\(ProgramName.current) datasets list` shows, https://… or http://… for one file, or "
          + "hf://OWNER/SET[/PATH][@REVISION] for files of Hugging Face")
    ],
    options: [
      DatasetSource.folderOption,
      Option(
        "--max-size", .bytes("SIZE"), default: "\(DatasetFetcher.defaultMostBytes / 1_000_000_000)GB",
        "refuse to fetch more than that"),
      Option("--quiet", .flag, "show no progress and no summary"),
    ],
    notes: """
      Files are written to the folder of --datasets, which is made when it is not there: as NAME.hdf5, as the last part of
      an address, or as OWNER/SET/PATH. The last line names what is there now. The SHA-256 of each file is recorded in
      checksums.yml in that folder the first time; every later file of that name must have the same.

      Private and gated datasets of Hugging Face need a token in the environment variable HF_TOKEN. It is sent to
      huggingface.co alone.
      """,
    examples: [
      "datasets fetch sift-128-euclidean", "datasets fetch vibe/yi-128-ip --datasets /data/vectors",
      "datasets fetch hf://vector-index-bench/vibe/yi-128-ip.hdf5",
    ])

  static func run(_ arguments: Arguments) throws {
    let catalog = try DatasetSource(arguments).catalog()
    let text = arguments.positionals[0]
    let address = try FetchAddress(text)
    let environment = ProcessInfo.processInfo.environment
    let token = try environment[HuggingFaceToken.variable].flatMap { try $0.isEmpty ? nil : HuggingFaceToken($0) }
    let fetcher = DatasetFetcher(
      catalog: catalog, mostBytes: arguments.bytes("--max-size") ?? DatasetFetcher.defaultMostBytes, token: token)
    let isQuiet = arguments.has("--quiet")
    let line = ProgressLine(isShown: !isQuiet)
    let show: DatasetFetcher.Progress = { received, total in line.draw(progress(of: text, received, total)) }
    let fetched: [DatasetFetcher.Fetched]
    do {
      defer { line.end() }
      if let address {
        fetched = try fetcher.fetch(address, progress: show)
      } else {
        fetched = [try fetcher.fetch(catalog.entry(named: text), progress: show)]
      }
    }
    guard !isQuiet else { return }
    try Console.print(fetched.map(summary).joined())
    if case .huggingFace(let dataset) = address, fetched.count > 1 {
      let bytes = fetched.reduce(0) { $0 + $1.byteCount }
      try Console.print("\(catalog.folder)/\(dataset.folder): \(fetched.count) files, \(bytes) bytes\n")
    }
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
