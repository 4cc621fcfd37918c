import Foundation
import VectorCore

/// What a dataset is like, as far as that shows quickly: how hard its queries are, and what people mistake for data.
///
/// It is looked at before every run. All is sampled with a fixed seed, so the cost does not grow with the dataset.
public struct DatasetProfile: Sendable, Equatable, Codable {
  /// The most queries whose difficulty is looked at.
  public static let sampledQueries = 1_000
  /// Below, the nearest row is not much nearer than the average one.
  private static let lowContrast = 2.0
  /// Below, columns say as little about each other as those of random numbers.
  private static let noStructure = 1.05

  /// The number of queries that were looked at.
  public let queries: Int
  /// Whether these are a sample; `nil` for no.
  let isSample: Bool?
  /// The quarters of the queries' local intrinsic dimensionalities, see `QueryDifficulty`; `nil` where unknown.
  public let dimensionality: Quartiles?
  /// The quarters of the queries' relative contrasts; `nil` where unknown.
  public let contrast: Quartiles?
  /// How many queries are equal to the row that is stated as their nearest.
  public let storedQueries: Int
  public let wrapped: WrappedIntegers?
  let nearness: SampledNearness?

  /// - Parameters:
  ///   - dataset: its ground truth may have depth 0.
  ///   - isSample: whether its queries are a sample of all.
  /// - Complexity: O(q + d), of some 100 000 distances.
  public init(_ dataset: Dataset, isSample: Bool = false) {
    self.isSample = isSample ? true : nil
    let truth = dataset.groundTruth
    queries = dataset.test.rows
    var random = SeededGenerator(seed: 0)
    let difficulty = QueryDifficulty(dataset, queries: random.spread(Self.sampledQueries, below: queries))
    dimensionality = Quartiles(difficulty.dimensionalities)
    contrast = Quartiles(difficulty.contrasts)
    storedQueries = (0..<truth.queries).count { query in
      let nearest = truth.neighbors[truth.places(of: query).lowerBound]
      return nearest >= 0 && dataset.test[row: query].equals(dataset.train[row: Int(nearest)])
    }
    wrapped = WrappedIntegers(dataset.train)
    nearness = SampledNearness(dataset)
  }
}

extension DatasetProfile {
  /// What a reader of the results should know, one line each with the remedy; empty mostly.
  public var warnings: [String] {
    [Preflight.finding(wrapped), likeness, contrastFinding, leaks].filter { $0.verdict == .warned }.map(\.detail)
  }

  /// Queries that are rows themselves, as far as the stated neighbours tell.
  private var leaks: Preflight.Finding {
    Preflight.finding(storedQueries: storedQueries, of: queries, isSample: isSample == true)
  }

  /// Whether queries and rows seem to be from the same source.
  var likeness: Preflight.Finding {
    guard let nearness else {
      return Preflight.Finding(
        check: .likeness, verdict: .skipped,
        detail: "needs \(SampledNearness.fewestRows) rows and \(SampledNearness.fewestQueries) queries, not all equal")
    }
    let figure =
      "the nearest of some hundred rows is \(text(nearness.queryRatio)) times as far from a query as from another row "
      + "(medians)"
    return nearness.isQueryUnlike
      ? Preflight.Finding(
        check: .likeness, verdict: .warned,
        detail:
          "\(figure): the queries are unlike the rows (out of distribution), for which indexes need more work at the "
          + "same recall; take queries from the source of the rows, or say so beside the results")
      : Preflight.Finding(check: .likeness, verdict: .passed, detail: figure)
  }

  /// Whether there is anything that an index could make use of.
  var contrastFinding: Preflight.Finding {
    let figures = [("relative contrast", contrast), ("local intrinsic dimensionality", dimensionality)]
      .compactMap { name, quartiles in quartiles.map { "\(name) \(text($0))" } }
    guard !figures.isEmpty else {
      return Preflight.Finding(
        check: .contrast, verdict: .skipped,
        detail: "needs distances that are no inner products, to \(QueryDifficulty.fewestNeighbors) neighbours a query")
    }
    let figure = "\(figures.joined(separator: ", ")): median (quartiles) of the queries"
    guard let nearness, let contrast, contrast.median < Self.lowContrast, nearness.structure < Self.noStructure else {
      return Preflight.Finding(check: .contrast, verdict: .passed, detail: figure)
    }
    return Preflight.Finding(
      check: .contrast, verdict: .warned,
      detail: "\(figure); rows are no nearer to each other than with their columns shuffled, as random numbers are: no "
        + "index can be much faster than exact search there; measure on vectors of real data")
  }

  /// `3.1 (2.5–3.9)`.
  public static func text(_ quartiles: Quartiles) -> String {
    "\(text(quartiles.median)) (\(text(quartiles.lower))–\(text(quartiles.upper)))"
  }

  private func text(_ quartiles: Quartiles) -> String { Self.text(quartiles) }
  private func text(_ value: Double) -> String { Self.text(value) }

  private static func text(_ value: Double) -> String {
    String(format: value < 10 ? "%.2f" : "%.0f", value)
  }
}

extension Preflight {
  static func finding(_ wrapped: WrappedIntegers?) -> Finding {
    guard let wrapped else { return Finding(check: .overflow, verdict: .passed, detail: "no sign of wrapped values") }
    return Finding(
      check: .overflow, verdict: .warned,
      detail: "'train': \(wrapped), which changes distances; write the vectors again in a type that holds them")
  }

  static func finding(
    storedQueries count: Int, first: Int? = nil, of queries: Int, isSample: Bool = false
  ) -> Finding {
    guard count > 0 else { return Finding(check: .leaks, verdict: .passed, detail: "none") }
    let isNotable = Double(count) >= notableShare * Double(queries)
    return Finding(
      check: .leaks, verdict: isNotable ? .warned : .noted,
      detail:
        "\(count) of \(queries) \(isSample ? "sampled " : "")queries are rows of 'train'\(first.map { ", first query \($0)" } ?? ""): their nearest "
        + "neighbour, themselves, is easy to find; take queries that are not stored")
  }

  /// From this share of the queries on, those that are rows are warned of.
  private static let notableShare = 0.01
}
