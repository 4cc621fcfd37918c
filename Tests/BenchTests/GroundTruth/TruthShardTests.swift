import Datasets
import TestSupport
import Testing
import VectorCore

@testable import Bench

@Suite struct TruthShardTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// Writes a dataset; small integers as components make many distances equal.
  private func dataset(_ metric: Metric, hasTies: Bool) throws -> Dataset {
    var random = SeededGenerator(seed: 3)
    func matrix(_ rows: Int) -> Matrix {
      Matrix(
        (0..<rows).map { _ in
          (0..<6).map { _ in hasTies ? Float(random.next(below: 3)) : Float(random.nextUnit() - 0.3) }
        })
    }
    let dataset = Dataset(
      name: "shards", path: "", metric: metric, train: matrix(150), test: matrix(9), groundTruth: .none)
    try dataset.write(to: "\(temporary.path)/shards.hdf5")
    return dataset
  }

  private func whole(_ dataset: Dataset, k: Int) throws -> GroundTruth {
    let depth = min(k + TruthCandidates.margin, dataset.train.rows)
    let found = try GroundTruthSearch(dataset, k: depth, threads: 2).run().groundTruth
    var candidates = TruthCandidates(queries: dataset.test.rows, depth: depth)
    candidates.add(
      found, in: dataset.train, from: 0, queries: dataset.test, metric: dataset.metric, threads: 2)
    return candidates.groundTruth(k: k)
  }

  @Test(arguments: [(Metric.euclidean, true), (.euclidean, false), (.angular, false), (.dot, true), (.manhattan, true)])
  func shardsOfBlocksGiveTheBitsOfOneSearch(metric: Metric, hasTies: Bool) throws {
    let dataset = try dataset(metric, hasTies: hasTies)
    let k = 7
    let expected = try whole(dataset, k: k)
    for (shards, block) in [(1, 150), (1, 1), (3, 20), (7, 13)] {
      var paths: [String] = []
      for rows in TruthShard.ranges(of: 150, shards: shards) {
        let shard = TruthShard(path: "\(temporary.path)/shards.hdf5", k: k, rows: rows, blockRows: block)
        let path = "\(temporary.path)/\(rows.lowerBound).candidates"
        try shard.run(threads: 2).write(toFile: path)
        paths.append(path)
      }
      // The order in which shards come back does not matter.
      let found = try TruthShard.merged(paths.reversed(), k: k, queries: 9, rows: 150, metric: metric)
      #expect(found.neighbors == expected.neighbors, "\(shards) shards of blocks of \(block)")
      #expect(found.distances.map(\.bitPattern) == expected.distances.map(\.bitPattern))
    }
  }

  @Test func rangesAreAllRows() {
    #expect(TruthShard.ranges(of: 10, shards: 3) == [0..<3, 3..<6, 6..<10])
    #expect(TruthShard.ranges(of: 2, shards: 5) == [0..<1, 1..<2])
  }

  @Test func rowsThatAreNotThereAndOtherCandidatesAreRefused() throws {
    _ = try dataset(.euclidean, hasTies: false)
    let path = "\(temporary.path)/shards.hdf5"
    #expect {
      _ = try TruthShard(path: path, k: 3, rows: 100..<151).run(threads: 1)
    } throws: {
      "\($0)".contains("there are no rows 100..151 in 150 rows; name a range within 0..150")
    }
    let file = "\(temporary.path)/few.candidates"
    try TruthShard(path: path, k: 3, queries: 4, rows: 0..<150).run(threads: 1).write(toFile: file)
    #expect {
      _ = try TruthShard.merged([file], k: 3, queries: 9, rows: 150, metric: .euclidean)
    } throws: {
      "\($0)".contains("has 19 candidates of 4 queries, and not more than 3 of 9")
    }
  }

  @Test func filesThatAreNotAllRowsOnceAreRefused() throws {
    _ = try dataset(.euclidean, hasTies: false)
    let path = "\(temporary.path)/shards.hdf5"
    let files = try [0..<50, 50..<150, 40..<150].map { rows in
      let file = "\(temporary.path)/\(rows.lowerBound).rows"
      try TruthShard(path: path, k: 3, rows: rows).run(threads: 1).write(toFile: file)
      return file
    }
    func merge(_ files: [String], rows: Int = 150, metric: Metric = .euclidean) throws {
      _ = try TruthShard.merged(files, k: 3, queries: 9, rows: rows, metric: metric)
    }
    try merge([files[1], files[0]])
    for (wrong, problem) in [
      ([files[0]], "but rows 50..150 are missing"),
      ([files[1]], "has rows 50..150 where rows from 0 to 150 are missing"),
      ([files[0], files[0], files[1]], "has rows 0..50 where rows from 50 to 150"),
      ([files[0], files[2]], "has rows 40..150 where rows from 50"),
    ] {
      #expect { try merge(wrong) } throws: { "\($0)".contains(problem) }
    }
    #expect { try merge([files[0], files[1]], rows: 120) } throws: { "\($0)".contains("rows from 50 to 120") }
    #expect { try merge([files[0], files[1]], metric: .dot) } throws: { "\($0)".contains("metric euclidean, and not") }
  }
}
