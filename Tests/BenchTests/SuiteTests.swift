import Datasets
import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Bench

@Suite struct SuiteTests {
  private var options: SuiteOptions {
    var options = SuiteOptions()
    options.rounds = 3
    options.leastSeconds = 0
    options.recalls = [0.5, 1, 1.01]
    return options
  }

  @Test func everyFigureIsMeasuredInEveryRound() throws {
    let result = try Suite(.line(points: 300, queries: 20), options: options).run()
    #expect(result.nlist == 16 && result.flatQueries == 20 && result.peerName == nil)
    #expect(result.rows.count == 2 + 3 * 2 * 3 + 4)
    #expect(result.rows.allSatisfy { $0.peer == nil && $0.ratios == nil })
    for row in result.rows {
      if case .speed(_, recall: 1.01) = row.figure {
        #expect(row.ours == nil, "no recall is above 1")
      } else {
        let values = try #require(row.ours)
        #expect(values.count == 3 && values.allSatisfy { $0 > 0 && $0.isFinite })
      }
    }
  }

  /// The peer replies the same to everything: the first ten points of the line, 50 queries' worth in half a second.
  @Test func aPeerIsAskedInEveryRoundAndJudgedByTheHarness() throws {
    let ids = "[" + Array(repeating: "[0,1,2,3,4,5,6,7,8,9]", count: 20).joined(separator: ",") + "]"
    let peer = try Self.peer(replying: #"{"name":"parrot 1","seconds":0.5,"passes":2,"ids":\#(ids)}"#)
    let result = try Suite(.line(points: 300, queries: 20), options: options, peer: peer).run()
    #expect(result.peerName == "parrot 1")
    for row in result.rows {
      switch (row.kind, row.figure) {
      case (_, .build):
        #expect(row.peer == [0.5, 0.5, 0.5])
        #expect(row.ratios == row.ours?.map { $0 / 0.5 })
      case ("flat", _): #expect(row.peer == [80, 80, 80])
      // The ten points are the neighbours of one query of twenty, and some of the next one's.
      default: #expect(row.peer == nil && row.ratios == nil)
      }
    }
  }

  @Test func whatGoesWrongWithThePeerIsTold() throws {
    let refusing = try Self.peer(replying: #"{"error":"no module named parrot"}"#)
    #expect(throws: BenchError.peer("no module named parrot")) {
      try Suite(.line(), options: options, peer: refusing)
    }
    let babbling = try Self.peer(replying: "Polly wants a cracker")
    #expect(throws: BenchError.self) { try Suite(.line(), options: options, peer: babbling) }
    let silent = try Self.peer(replying: #"{"passes":1}"#)
    #expect(throws: BenchError.peer("it did not reply what it was asked for")) {
      try Suite(.line(), options: options, peer: silent)
    }
    #expect(throws: BenchError.peer("/no/such/script is not there")) {
      try Peer(interpreter: "sh", script: "/no/such/script")
    }
  }

  @Test func aPeerThatEndsIsTold() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_IGN)
      let peer = try SuiteTests.peer("exit 0")
      #expect(throws: BenchError.self) { try Suite(.line(), options: SuiteOptions(), peer: peer) }
    }
  }

  /// A shell script in the peer's place that replies the same line to every request.
  private static func peer(replying line: String) throws -> Peer {
    try peer("while read -r request; do echo '\(line)'; done")
  }

  private static func peer(_ text: String) throws -> Peer {
    let script = FileManager.default.temporaryDirectory.appending(path: "peer-\(UUID().uuidString).sh")
    // Open scripts may go away, unopened ones not: it removes itself.
    try "rm -f \"$0\"\n\(text)\n".write(to: script, atomically: true, encoding: .utf8)
    return try Peer(interpreter: "sh", script: script.path(percentEncoded: false))
  }

  @Test(arguments: [(1, 1), (2, 2), (4_000, 64), (20_000, 128), (58_000, 256), (1_000_000, 1024)])
  func clustersAreAPowerOfTwoNearTheRoot(rows: Int, nlist: Int) {
    #expect(Suite.nlist(forRows: rows) == nlist)
  }

  @Test func largeDatasetsAreScannedForFewerQueries() {
    #expect(Suite.flatQueries(rows: 20_000, dimension: 128, queries: 1000) == 1000)
    #expect(Suite.flatQueries(rows: 1_000_000, dimension: 128, queries: 1000) == 156)
    #expect(Suite.flatQueries(rows: 100_000_000, dimension: 128, queries: 1000) == 100)
    #expect(Suite.flatQueries(rows: 100_000_000, dimension: 128, queries: 7) == 7)
  }

  @Test func theMedianIsOneOfTheRounds() {
    #expect(Spread([3]).median == 3)
    let spread = Spread([5, 1, 4, 2])
    #expect(spread.median == 2 && spread.least == 1 && spread.most == 5)
  }
}
