import Datasets

/// The recall and the distance errors of a round's answers, from distances that the harness computed itself.
///
/// The threshold measures and `rel` are those of ann-benchmarks (`plotting/metrics.py`): Aumüller, Bernhardsson and
/// Faithfull, "ANN-Benchmarks", Information Systems 87, 2020, doi:10.1016/j.is.2019.02.006. A duplicate, an id that is
/// no row, and a missing answer are misses. A query with fewer than k true neighbours is judged by those that it has. A
/// query without any, or with a zero vector under a metric of directions (`Dataset.isJudged`), is left out of all means
/// and sums.
public struct Quality: Sendable, Equatable {
  /// The mean fraction of the k answers that are no farther than the true k-th neighbour + 1e-3.
  public var recall: Double
  /// The 5th percentile of the queries' recalls, of which `recall` is the mean.
  public var recallP5: Double
  /// The recall of the worst query.
  public var recallMinimum: Double
  /// The mean fraction of the true k ids that were found; ties at the k-th place may lower it.
  public var recallByIDs: Double
  /// The mean fraction of answers within 1 % of the true k-th distance.
  public var epsilon: Double
  /// The mean fraction of answers within 10 % of the true k-th distance.
  public var largeEpsilon: Double
  /// The sum of the found distances ÷ the sum of **all** stored true distances, as ann-benchmarks computes it.
  ///
  /// It is below 1 when the dataset states more than k neighbours, and `nil` when the true distances sum to less than
  /// 0.01 or answers are missing.
  public var relativeError: Double?
  /// The sum of the found distances ÷ the sum of the true k distances; 1 is perfect at every depth of the dataset;
  /// `nil` as above.
  public var relativeErrorAtK: Double?
  /// The number of ids that were returned again for the same query; each repetition counts.
  public var duplicates: Int
  /// The number of returned ids that are no row of the dataset.
  public var outOfRange: Int
  /// The number of queries that were not judged; their answers count only in `duplicates` and `outOfRange`.
  public var unjudged = 0
  /// `recall` of each quarter of the queries by local intrinsic dimensionality, the lowest first; `nil` where that is
  /// not known of enough queries.
  public var recallByDifficulty: [Double]?
}

extension Quality: Codable {
  private enum CodingKeys: CodingKey {
    case recall, recallP5, recallMinimum, recallByIDs, epsilon, largeEpsilon, relativeError, relativeErrorAtK
    case duplicates, outOfRange, unjudged, recallByDifficulty
  }

  /// Also decodes figures of earlier versions, which stored infinite ratios and judged every query.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func share(_ key: CodingKeys) throws -> Double { try values.decode(Double.self, forKey: key) }
    func ratio(_ key: CodingKeys) throws -> Double? {
      try values.decodeIfPresent(Double.self, forKey: key).flatMap { $0.isFinite ? $0 : nil }
    }
    recall = try share(.recall)
    recallP5 = try share(.recallP5)
    recallMinimum = try share(.recallMinimum)
    recallByIDs = try share(.recallByIDs)
    epsilon = try share(.epsilon)
    largeEpsilon = try share(.largeEpsilon)
    relativeError = try ratio(.relativeError)
    relativeErrorAtK = try ratio(.relativeErrorAtK)
    duplicates = try values.decode(Int.self, forKey: .duplicates)
    outOfRange = try values.decode(Int.self, forKey: .outOfRange)
    unjudged = try values.decodeIfPresent(Int.self, forKey: .unjudged) ?? 0
    recallByDifficulty = try values.decodeIfPresent([Double].self, forKey: .recallByDifficulty)
  }
}

extension Quality {
  /// Judges answers by the dataset's true neighbours, which at least one query must have.
  ///
  /// - Complexity: O(q·k).
  init(_ answers: JudgedAnswers, of dataset: Dataset) {
    var recalls: [Double] = []
    self.init(answers, of: dataset, recalls: &recalls)
  }

  /// - Parameter recalls: receives each query's recall, of which `recall` is the mean; NaN for queries that are not
  ///   judged.
  init(_ answers: JudgedAnswers, of dataset: Dataset, recalls: inout [Double]) {
    let truth = dataset.groundTruth
    let k = answers.k
    recalls = Array(repeating: .nan, count: answers.queries)
    // Hits are summed before the division, so that the sums of integers stay exact.
    var perQuery: [Double] = []
    perQuery.reserveCapacity(answers.queries)
    var (byIDs, withinEpsilon, withinLargeEpsilon) = (0.0, 0.0, 0.0)
    var (found, trueAtK, trueSum) = (0.0, 0.0, 0.0)
    for query in 0..<answers.queries where dataset.isJudged(query) {
      let stated = query * truth.depth..<query * truth.depth + k
      let places = query * k..<(query + 1) * k
      let trueIDs = truth.neighbors[stated].prefix { $0 >= 0 }
      // Places without a true neighbour have no distance to compare with.
      found += answers.distances[places].prefix(trueIDs.count).reduce(0) { $0 + Double($1) }
      trueAtK += truth.distances[stated].prefix(trueIDs.count).reduce(0) { $0 + Double($1) }
      for place in truth.places(of: query) where truth.neighbors[place] >= 0 {
        trueSum += Double(truth.distances[place])
      }
      // The count scaled to k places, so that a query with fewer true neighbours weighs as much as the others.
      func scaled(_ count: Int) -> Double {
        Double(min(count, trueIDs.count)) * (Double(k) / Double(trueIDs.count))
      }
      // All values are Float32, since numpy compares the files' Float32 distances.
      let farthest = truth.distances[stated.lowerBound + trueIDs.count - 1]
      func hits(within threshold: Float) -> Double {
        scaled(places.count { answers.verdicts[$0] == .valid && answers.distances[$0] <= threshold })
      }
      // For negative distances (dot) the tolerance is a fraction of their magnitude; otherwise this is d · (1 + ε).
      func loosened(by epsilon: Double) -> Float { farthest * Float(farthest < 0 ? 1 - epsilon : 1 + epsilon) }
      let share = hits(within: farthest + 1e-3)
      perQuery.append(share)
      recalls[query] = share / Double(k)
      withinEpsilon += hits(within: loosened(by: 0.01))
      withinLargeEpsilon += hits(within: loosened(by: 0.1))
      byIDs += scaled(
        places.count { answers.verdicts[$0] == .valid && trueIDs.contains(Int64(answers.rows[$0])) })
    }
    precondition(!perQuery.isEmpty, "no query can be judged")
    let places = Double(perQuery.count * k)
    recall = perQuery.reduce(0, +) / places
    perQuery.sort()
    recallP5 = percentile(5, ofSorted: perQuery) / Double(k)
    recallMinimum = perQuery[0] / Double(k)
    recallByIDs = byIDs / places
    epsilon = withinEpsilon / places
    largeEpsilon = withinLargeEpsilon / places
    func ratio(to sum: Double) -> Double? { sum >= 0.01 && found.isFinite ? found / sum : nil }
    relativeError = ratio(to: trueSum)
    relativeErrorAtK = ratio(to: trueAtK)
    duplicates = answers.verdicts.count { $0 == .duplicate }
    outOfRange = answers.verdicts.count { $0 == .outOfRange }
    unjudged = answers.queries - perQuery.count
  }
}

extension Quality {
  /// How many queries a quarter has at least.
  static let fewestInQuarter = 10

  /// The mean recall of each quarter of the queries by difficulty, the easiest first.
  ///
  /// - Parameters:
  ///   - recalls: of each query; NaN of those that are not judged.
  ///   - dimensionalities: of each query; NaN where unknown. Such queries are in no quarter.
  /// - Returns: `nil` where the quarters would have too few queries. - Complexity: O(q log q).
  static func recallByDifficulty(_ recalls: [Double], _ dimensionalities: [Float]) -> [Double]? {
    let known = recalls.indices.filter { !recalls[$0].isNaN && !dimensionalities[$0].isNaN }
    guard known.count >= 4 * fewestInQuarter else { return nil }
    let sorted = known.sorted { (dimensionalities[$0], $0) < (dimensionalities[$1], $1) }
    return (0..<4).map { quarter in
      let queries = sorted[quarter * sorted.count / 4..<(quarter + 1) * sorted.count / 4]
      return queries.reduce(0) { $0 + recalls[$1] } / Double(queries.count)
    }
  }
}

extension Quality {
  /// The quality when no answer could be judged.
  ///
  /// - Parameter unjudged: the number of answers.
  static func unknown(unjudged: Int) -> Quality {
    Quality(
      recall: .nan, recallP5: .nan, recallMinimum: .nan, recallByIDs: .nan, epsilon: .nan, largeEpsilon: .nan,
      relativeError: nil, relativeErrorAtK: nil, duplicates: 0, outOfRange: 0, unjudged: unjudged)
  }
}
