import Bench
import VectorIndexes

/// What a `recallbench run` command line asks for, checked.
struct RunRequest {
  let datasets: [String]
  /// Where datasets are found.
  let source: DatasetSource
  let plan: SweepPlan
  let options: RunOptions
  /// Only so many of the dataset's queries; nil for all.
  let queries: Int?
  /// Only so many of the dataset's rows; nil for all.
  let rows: Int?
  let outputPath: String
  let keepsAnswers: Bool
  let isQuiet: Bool

  /// - Throws: `UsageError`, for an unknown index or parameter, and for a value that it does not take.
  init(_ arguments: Arguments) throws(UsageError) {
    datasets = Self.once(arguments.all("--dataset"))
    source = DatasetSource(arguments)
    let types = try IndexRegistry.types(ofKinds: Self.once(arguments.all("--index")))
    var settings: [Setting] = []
    for text in arguments.all("--set") { settings.append(try Self.setting(text)) }
    do throws(IndexError) {
      plan = try SweepPlan(indexes: types, settings: settings)
    } catch {
      throw .index(error)
    }
    var options = RunOptions()
    options.k = arguments.integer("-k") ?? options.k
    options.rounds = arguments.integer("--runs") ?? options.rounds
    options.mode = arguments.has("--batch") ? .batch : .single
    options.threads = arguments.integer("--threads") ?? options.threads
    options.buildThreads = arguments.integer("--build-threads") ?? options.buildThreads
    options.seed = try arguments.text("--seed").map(Self.seed) ?? options.seed
    self.options = options
    queries = arguments.integer("--queries")
    rows = arguments.integer(DatasetSource.limitOption.name)
    outputPath = arguments.text("--out") ?? "."
    // Empty is what an unset variable leaves, and would mean the root.
    if outputPath.isEmpty { throw .invalidValue(option: "--out", value: "''", expected: "a folder") }
    keepsAnswers = arguments.has("--raw")
    isQuiet = arguments.has("--quiet")
  }

  /// The texts without those that stood before: nothing is measured twice.
  private static func once(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
  }

  /// Reads `nprobe=1,2,4`.
  private static func setting(_ text: String) throws(UsageError) -> Setting {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let values = parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : []
    guard !parts[0].isEmpty, !values.isEmpty, values.allSatisfy({ !$0.isEmpty }) else {
      throw .invalidValue(option: "--set", value: text, expected: "a name and its values, like nprobe=1,2,4")
    }
    return Setting(String(parts[0]), values.map(String.init))
  }

  /// Reads a seed, decimal or with 0x.
  private static func seed(_ text: String) throws(UsageError) -> UInt64 {
    let value = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    guard let value else {
      throw .invalidValue(option: "--seed", value: text, expected: "an integer, 0…\(UInt64.max)")
    }
    return value
  }
}
