import Testing
import VectorCore
import VectorIndexes
import YAML

@testable import Bench

@Suite struct AnnBenchmarksConfigTests {
  private func config(_ text: String) throws(YAMLError) -> AnnBenchmarksConfig {
    try AnnBenchmarksConfig(
      try YAMLParser.parse(text, source: "config.yml"), catalog: SubjectCatalog(.standard.adding(ExactIndex.self)))
  }

  private func labels(_ text: String, metric: Metric = .euclidean, k: Int = 10) throws -> [String] {
    let shape = DatasetShape(name: "d", metric: metric, trainSize: 100, dimension: 64, queries: 10)
    return try config(text).variants(for: shape, k: k).flatMap { variant in
      variant.builds.flatMap { build in
        variant.searches.map { search in
          let set = (build.entries + search.entries).filter { entry in
            let declaration = variant.subject.declaration
            return (declaration.build + declaration.search).contains {
              $0.name == entry.name && $0.defaultValue != entry.value
            }
          }
          return "\(variant.name): " + set.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        }
      }
    }
  }

  /// As ann-benchmarks' own files are written, with one algorithm that is switched off.
  private let faiss = """
    float:
      any:
      - base_args: ['@metric']
        constructor: FaissLSH
        disabled: true
        name: faiss-lsh
        run_groups: {base: {args: [[32]]}}
      - base_args: ['@metric']
        constructor: FaissIVF
        disabled: false
        docker_tag: ann-benchmarks-faiss
        module: ann_benchmarks.algorithms.faiss
        name: faiss-ivf
        run_groups:
          base:
            args: [[32, 64]]
            query_args: [[1, 5]]
      angular:
      - base_args: ['@metric']
        constructor: FaissIVFPQfs
        name: faiss-ivfpqfs
        run_groups: {base: {args: [[512]], query_args: [[1, 5], [0, 10]]}}
    bit:
      hamming:
      - base_args: [euclidean]
        constructor: FaissIVF
        name: faiss-bits
        run_groups: {base: {args: [[32]], query_args: [[3]]}}
    """

  @Test func theMetricChoosesTheSection() throws {
    #expect(
      try labels(faiss) == [
        "faiss-ivf: nlist=32 nprobe=1", "faiss-ivf: nlist=32 nprobe=5", "faiss-ivf: nlist=64 nprobe=1",
        "faiss-ivf: nlist=64 nprobe=5",
      ])
    let angular = try labels(faiss, metric: .angular)
    #expect(angular.count == 8 && angular[4...].allSatisfy { $0.hasPrefix("faiss-ivfpqfs: nlist=512 nprobe=") })
    #expect(try labels(faiss, metric: .hamming) == ["faiss-bits: nlist=32 nprobe=3"])
  }

  @Test func ourKindsTakeArgumentsByPositionAndByName() throws {
    let text = """
      float:
        euclidean:
        - base_args: ['@metric']
          constructor: ivf-flat
          name: mine
          run_groups:
            named: {arg_groups: [{nlist: [8, 16], niter: 4}], query_arg_groups: [{nprobe: ['@count', 2]}]}
            placed: {args: {nlist: '@dimension'}, query_args: [7]}
        - {constructor: BruteForceBLAS, name: bf, base_args: ['@metric'], run_groups: {empty: {args: []}}}
      """
    #expect(
      try labels(text, k: 5) == [
        "mine: nlist=8 niter=4 nprobe=5", "mine: nlist=8 niter=4 nprobe=2", "mine: nlist=16 niter=4 nprobe=5",
        "mine: nlist=16 niter=4 nprobe=2", "mine: nlist=64 nprobe=7", "bf: ",
      ])
  }

  @Test func argumentGroupsAreAProduct() throws {
    let text = """
      float:
        any:
        - {constructor: exact, name: e, run_groups: {g: {arg_groups: [[1, 2]], query_arg_groups: [[10, 20], short]}}}
      """
    #expect(
      try labels(text) == [
        "e: effort=10 fault=short", "e: effort=20 fault=short", "e: width=2 effort=10 fault=short",
        "e: width=2 effort=20 fault=short",
      ])
  }

  @Test(arguments: [
    (
      "float:\n  any:\n  - {constructor: Annoy, name: annoy, run_groups: {a: {args: [1]}}}",
      "config.yml:3:19: float.any[0].constructor: BruteForce, BruteForceBLAS, FaissIVF"
    ),
    (
      "float:\n  any:\n  - {constructor: FaissIVF, name: x, base_args: ['@metric'], run_groups: {a: {args: [-1]}}}",
      "config.yml:3:86: float.any[0].run_groups.a.args[0]: an integer, 1…16777216 is needed, not -1"
    ),
    (
      "float:\n  any:\n  - {constructor: exact, name: x, run_groups: {a: {args: [1, 2]}}}",
      "config.yml:3:62: float.any[0].run_groups.a.args[1]: exact takes no more arguments than 1"
    ),
    (
      "float:\n  any:\n  - {constructor: exact, name: x, run_groups: {a: {query_args: [1]}}}",
      "config.yml:3:51: float.any[0].run_groups.a: the key 'args' is missing"
    ),
    (
      "float:\n  any:\n  - {constructor: exact, run_groups: {}}",
      "config.yml:3:5: float.any[0]: the key 'name' is missing"
    ),
  ])
  func mistakesAreToldWithLineAndColumn(text: String, message: String) {
    let error = #expect(throws: YAMLError.self) { try labels(text) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }
}
