import Datasets
import VectorCore
import VectorIndexes

/// Measures flat, ivf-flat and ivf-pq on a dataset, beside a peer where there is one: speed at equal recall, and building.
///
/// Sides take turns at every single figure, and who goes first changes from round to round, so that what else the
/// machine does meanwhile falls on both. Recall is judged by the harness from the ids that either side returns.
public struct Suite {
  private let dataset: Dataset
  private let options: SuiteOptions
  private let peer: Peer?
  private let nlist: Int

  /// - Throws: `BenchError` when the peer cannot load the dataset.
  public init(_ dataset: Dataset, options: SuiteOptions, peer: Peer? = nil) throws(BenchError) {
    precondition(options.rounds > 0 && !options.recalls.isEmpty)
    self.dataset = dataset
    self.options = options
    self.peer = peer
    nlist = options.nlist ?? Self.nlist(forRows: dataset.train.rows)
    try peer?.load(path: dataset.path, queries: dataset.test.rows, nlist: nlist, options: options)
  }

  /// The power of two nearest to √n, counted in doublings.
  static func nlist(forRows rows: Int) -> Int {
    var nlist = 1
    // The next power is nearer while √n ≥ √2 · nlist.
    while 2 * nlist * nlist <= rows { nlist *= 2 }
    return nlist
  }

  /// So many that a round of a plain scan takes no more than some seconds, at least 100.
  static func flatQueries(rows: Int, dimension: Int, queries: Int) -> Int {
    min(queries, max(100, 20_000_000_000 / (rows * dimension)))
  }

  /// Runs all rounds.
  ///
  /// - Parameter progress: gets what is done next, in words.
  /// - Throws: `BenchError` when an index refuses, or the peer fails.
  public func run(progress: (String) -> Void = { _ in }) throws(BenchError) -> SuiteResult {
    let (rows, dimension) = (dataset.train.rows, dataset.train.columns)
    let flatQueries = Self.flatQueries(rows: rows, dimension: dimension, queries: dataset.test.rows)
    var sides = [Side(name: "recallbench", try OwnContender(dataset, options: options, nlist: nlist))]
    if let peer { sides.append(Side(name: peer.name, peer)) }
    for round in 1...options.rounds {
      func say(_ side: Side, _ what: String) { progress("round \(round)/\(options.rounds)  \(side.name)  \(what)") }
      let order = round % 2 == 1 ? sides : sides.reversed()
      for kind in SuiteKind.allCases {
        for side in order {
          say(side, "building \(kind.rawValue)")
          side.builds[kind, default: []].append(try side.contender.build(kind))
        }
      }
      if round == 1 {
        for side in sides {
          say(side, "looking for the settings")
          for kind in SuiteKind.allCases where kind != .flat {
            side.points[kind] = try points(of: kind, side)
          }
        }
      }
      for mode in SearchMode.allCases {
        let flat = SuiteSearch(kind: .flat, mode: mode, queries: flatQueries)
        for side in order {
          say(side, flat.label)
          side.speeds[flat, default: []].append(try side.contender.search(flat))
        }
        for kind in SuiteKind.allCases where kind != .flat {
          for step in 0..<(sides.compactMap { $0.points[kind]?.count }.max() ?? 0) {
            for side in order {
              guard let points = side.points[kind], step < points.count else { continue }
              var search = points[step].search
              search.mode = mode
              say(side, search.label)
              side.speeds[search, default: []].append(try side.contender.search(search))
            }
          }
        }
      }
    }
    return SuiteResult(
      dataset: DatasetShape(
        name: dataset.name, metric: dataset.metric, trainSize: rows, dimension: dimension, queries: dataset.test.rows),
      options: options, nlist: nlist, flatQueries: flatQueries, peerName: peer?.name,
      rows: summary(sides[0], sides.count > 1 ? sides[1] : nil, flatQueries: flatQueries),
      unjudged: dataset.unjudgedQueries)
  }

  /// A contender and what was measured of it.
  private final class Side {
    let name: String
    let contender: any Contender
    var builds: [SuiteKind: [Double]] = [:]
    var speeds: [SuiteSearch: [Double]] = [:]
    /// The settings that a kind's front is made of, and their recalls.
    var points: [SuiteKind: [(search: SuiteSearch, recall: Double)]] = [:]

    init(name: String, _ contender: any Contender) {
      self.name = name
      self.contender = contender
    }
  }

  /// Probes more and more lists until the highest recall of the table is reached, with each number of candidates.
  private func points(
    of kind: SuiteKind, _ side: Side
  ) throws(BenchError) -> [(search: SuiteSearch, recall: Double)] {
    // 1, 2, 3, 4, 6, 8, 12, …: two steps a doubling.
    var ladder = [1, 2]
    while let last = ladder.last, last < nlist {
      ladder.append(last.nonzeroBitCount == 1 ? last / 2 * 3 : last / 3 * 4)
    }
    var points: [(search: SuiteSearch, recall: Double)] = []
    for refine in kind.refines {
      var latest = 0
      for nprobe in ladder.map({ min($0, nlist) }) where nprobe > latest {
        latest = nprobe
        let search = SuiteSearch(
          kind: kind, nprobe: nprobe, refine: refine, mode: .batch, queries: dataset.test.rows)
        let answers = try side.contender.answers(search)
        guard answers.count == dataset.test.rows else {
          throw .peer("answered \(answers.count) of \(dataset.test.rows) queries")
        }
        let recall = recall(of: answers)
        points.append((search, recall))
        if recall >= options.recalls.max() ?? 1 { break }
      }
    }
    return points
  }

  private func recall(of answers: [[Int64]]) -> Double {
    let round = Round(queries: answers.count, k: options.k)
    var answer = TopK(k: options.k)
    for (query, ids) in answers.enumerated() {
      answer.reset(k: options.k)
      for (rank, id) in ids.prefix(options.k).enumerated() where id >= 0 {
        answer.offer(Neighbor(distance: Float(rank), sequence: UInt64(rank), id: UInt64(id)))
      }
      answer.sort()
      round.record(answer, of: query, nanoseconds: 0)
    }
    return Quality(JudgedAnswers(round, of: dataset), of: dataset).recall
  }

  private func summary(_ ours: Side, _ peer: Side?, flatQueries: Int) -> [SuiteResult.Row] {
    var rows: [SuiteResult.Row] = []
    for mode in SearchMode.allCases {
      let flat = SuiteSearch(kind: .flat, mode: mode, queries: flatQueries)
      rows.append(
        SuiteResult.Row(
          kind: SuiteKind.flat.rawValue, figure: .speed(mode, recall: nil), ours: ours.speeds[flat],
          peer: peer?.speeds[flat]))
    }
    for kind in SuiteKind.allCases where kind != .flat {
      for mode in SearchMode.allCases {
        for recall in options.recalls {
          rows.append(
            SuiteResult.Row(
              kind: kind.rawValue, figure: .speed(mode, recall: recall), ours: speeds(of: ours, kind, mode, at: recall),
              peer: peer.flatMap { speeds(of: $0, kind, mode, at: recall) }))
        }
      }
    }
    for kind in SuiteKind.allCases {
      rows.append(
        SuiteResult.Row(kind: kind.rawValue, figure: .build, ours: ours.builds[kind], peer: peer?.builds[kind]))
    }
    return rows
  }

  /// The speed at a recall in each round, on that round's front; nil where the recall is not reached.
  private func speeds(of side: Side, _ kind: SuiteKind, _ mode: SearchMode, at recall: Double) -> [Double]? {
    let speeds = (0..<options.rounds).compactMap { round in
      Front(
        (side.points[kind] ?? []).compactMap { point in
          var search = point.search
          search.mode = mode
          return side.speeds[search].map { Front.Point(recall: point.recall, queriesPerSecond: $0[round]) }
        }
      ).queriesPerSecond(atRecall: recall)
    }
    return speeds.count == options.rounds ? speeds : nil
  }
}
