import Bench
import Foundation
import Testing

/// Filters, insertions and removals of the peers in the folder of RECALLBENCH_PEERS.
///
/// Every search looks at all rows, or at as many as its graph can reach, so a wrong set of rows shows in the recall: a row
/// that the filter refuses, or that was removed, is a miss.
@Suite(.serialized) struct PeerWorkloadTests {
  /// A kind with settings by which it looks at all of a few hundred rows.
  struct Peer: Sendable, CustomTestStringConvertible {
    let kind: String
    let library: String
    let settings: [String]
    let updates: Bool

    init(_ kind: String, of library: String? = nil, _ settings: [String] = [], updates: Bool = false) {
      (self.kind, self.library) = (kind, library ?? kind)
      self.settings = settings.flatMap { ["--set", $0] }
      self.updates = updates
    }

    var testDescription: String { kind }
  }

  private static let peers = [
    Peer("faiss-flat", of: "faiss"), Peer("faiss-ivfflat", of: "faiss", ["nlist=4", "nprobe=4"], updates: true),
    Peer("faiss-ivfpq", of: "faiss", ["nlist=4", "nprobe=4", "m=4", "nbits=4", "refine=60"]),
    Peer("faiss-ivfpqfs", of: "faiss", ["nlist=4", "nprobe=4", "m=4", "refine=60"]),
    Peer("faiss-ivfrabitq", of: "faiss", ["nlist=4", "nprobe=4", "refine=60"]),
    Peer("faiss-hnsw", of: "faiss", ["ef=400"]), Peer("hnswlib", ["ef=400"], updates: true),
    Peer("hnswlib-python", ["ef=400"], updates: true), Peer("usearch", ["ef=400"], updates: true),
  ]

  private static let installed: [Peer] = {
    guard let folder = ProcessInfo.processInfo.environment["RECALLBENCH_PEERS"] else { return [] }
    let there = PeerCatalog(folder: folder).libraries.filter { $0.installed != nil }.map(\.name)
    return peers.filter { there.contains($0.library) }
  }()

  private static let need: Comment =
    "needs RECALLBENCH_PEERS, a folder for `recallbench peers install faiss hnswlib hnswlib-python usearch`"

  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func run(_ peer: Peer, _ words: [String]) throws -> [[String: String]] {
    let ended = try Workspace.runProgram(
      ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--quiet", "--runs", "1"]
        + ["--index", peer.kind] + peer.settings + words)
    #expect(ended.code == 0, "\(ended.errors)")
    return try workspace.rows()
  }

  private func recalls(_ rows: [[String: String]]) -> [Double] { rows.compactMap { $0["k-nn"].flatMap(Double.init) } }

  @Test(.enabled(if: !installed.isEmpty, need), arguments: installed) func filtersAreKept(_ peer: Peer) throws {
    let rows = try run(
      peer, ["--workload", "filtered", "--filter", "10%", "--filter", "50% far", "--filter", "5% near", "-k", "5"])
    #expect(rows.map { $0["stage"] } == ["10%", "50% far", "5% near"])
    #expect(recalls(rows).count == 3 && recalls(rows).allSatisfy { $0 >= 0.99 }, "\(recalls(rows))")
  }

  @Test(.enabled(if: installed.contains(where: \.updates), need), arguments: installed.filter(\.updates))
  func updatesAreFollowed(_ peer: Peer) throws {
    let file = "\(workspace.path)/steps.yaml"
    try """
    small-8-euclidean:
      max_pts: 350
      1: {operation: insert, start: 0, end: 200}
      2: {operation: search}
      3: {operation: delete, start: 0, end: 150}
      4: {operation: search}
      5: {operation: insert, start: 200, end: 390}
      6: {operation: replace, tags_start: 160, tags_end: 170, ids_start: 390, ids_end: 400}
      7: {operation: insert, start: 0, end: 100}
      8: {operation: search}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let rows = try run(peer, ["--runbook", file, "-k", "5"])
    #expect(rows.map { $0["stage"] } == ["2", "4", "8"] && rows.map { $0["train_size"] } == ["200", "50", "340"])
    #expect(recalls(rows).count == 3 && recalls(rows).allSatisfy { $0 >= 0.99 }, "\(recalls(rows))")
    #expect(rows.map { $0["removed"] } == ["", "150", ""])
  }
}
