import Testing
import VectorIndexes
import YAML

@testable import Bench

@Suite struct SweepFileTests {
  private func read(_ text: String) throws(YAMLError) -> Sweep {
    try SweepFile.read(
      try YAMLParser.parse(text, source: "s.yml"), catalog: SubjectCatalog(.standard.adding(ExactIndex.self)))
  }

  private func variants(_ text: String) throws -> [IndexVariant] {
    guard case .variants(let variants) = try read(text).indexes else { return [] }
    return variants
  }

  @Test func theGrammarOfTheReadMe() throws {
    let sweep = try read(
      """
      datasets: [photo-sift-20k-128-euclidean, /data/sift-128-euclidean.hdf5]
      k: [10, 100]
      queries: 1k
      limit: 5_000
      runs: 5
      builds: 2
      threads: [1, 4]
      build_threads: 3
      mode: [single, batch]
      timeout: 10min
      memory: 4G
      seed: 0xFF
      indexes:
        flat: {}
        ivf-flat:
          build:  {nlist: [64, 256]}
          search: {nprobe: {from: 1, to: 64, factor: 2}}
        pq4:
          index: ivf-pq
          build:  {nlist: 256, nbits: 4, m: 64}
          search: {nprobe: [4, 16, 64], refine: [4, 10]}
          timeout: 90
      """)
    #expect(sweep.datasets == ["photo-sift-20k-128-euclidean", "/data/sift-128-euclidean.hdf5"])
    #expect(
      sweep.ks == [10, 100] && sweep.queries == 1000 && sweep.rows == 5000 && sweep.rounds == 5 && sweep.builds == 2)
    #expect(sweep.threads == [1, 4] && sweep.buildThreads == 3 && sweep.modes == [.single, .batch])
    #expect(sweep.limits == Limits(seconds: 600, memoryBytes: 4 << 30) && sweep.seed == 255)
    guard case .variants(let variants) = sweep.indexes else { return }
    #expect(variants.map(\.name) == ["flat", "ivf-flat", "pq4"])
    #expect(variants.map { $0.subject.kind } == ["flat", "ivf-flat", "ivf-pq"])
    #expect(variants[1].builds.map { $0.integer("nlist") } == [64, 256])
    #expect(variants[1].searches.map { $0.integer("nprobe") } == [1, 2, 4, 8, 16, 32, 64])
    #expect(
      variants[2].builds.map { "\($0.integer("nlist")) \($0.choice("nbits")) \($0.integer("m"))" } == ["256 4 64"])
    #expect(variants[2].searches.count == 6 && variants[2].limits == Limits(seconds: 90))
  }

  @Test func pathsStartAtTheFolderOfTheFile() throws {
    let text = "datasets: [own.hdf5, ../b.npy, ./c/d.hdf5, a/name, name, /data/e.hdf5]\nindexes: {flat: }"
    let root = try YAMLParser.parse(text, source: "/sweeps/mine/s.yml")
    #expect(
      try SweepFile.read(root, catalog: SubjectCatalog(.standard)).datasets == [
        "/sweeps/mine/own.hdf5", "/sweeps/b.npy", "/sweeps/mine/c/d.hdf5", "a/name", "name", "/data/e.hdf5",
      ])
  }

  @Test func flagsAndFilesMeanTheSame() throws {
    let fromFile = try variants("indexes: {ivf-flat: {build: {nlist: [8, 16]}, search: {nprobe: [1, 2]}}}")
    let fromFlags = try IndexVariant.variants(
      of: [Subject(IVFFlatIndex.self)], settings: [Setting("nlist", ["8", "16"]), Setting("nprobe", ["1", "2"])])
    #expect(fromFile[0].builds == fromFlags[0].builds && fromFile[0].searches == fromFlags[0].searches)
  }

  @Test func whatIsNotSaidHasTheDefaultsOfTheCommandLine() throws {
    let sweep = try read("indexes: {flat: }")
    #expect(sweep.ks == [10] && sweep.rounds == 3 && sweep.builds == 1 && sweep.modes == [.single])
    #expect(sweep.datasets.isEmpty && sweep.limits == .initial && sweep.seed == RunOptions().seed)
  }

  @Test func filtersNameParametersAndWhatTheSweepVaries() throws {
    let variant = try variants(
      """
      indexes:
        exact:
          search: {effort: {from: 10, to: 50, step: 20}, fault: [none, short]}
          only: {k: [10, 100], effort: [10, 030]}
          except: [{fault: short, dataset: line}]
      """)[0]
    #expect(variant.searches.map { $0.integer("effort") } == [10, 10, 30, 30, 50, 50])
    #expect(variant.only == [CellFilter(["k": ["10", "100"], "effort": ["10", "30"]])])
    #expect(variant.except == [CellFilter(["fault": ["short"], "dataset": ["line"]])])
  }

  @Test(arguments: [
    ("k: 10\nindexs: {}", "s.yml:2:9: indexs: unknown key 'indexs'"),
    ("k: [10, 0]\nindexes: {}", "s.yml:1:9: k[1]: an integer, 1…65536 is needed, not 0"),
    ("mode: both\nindexes: {}", "s.yml:1:7: mode: single or batch is needed, not both"),
    ("timeout: 10 min\nindexes: {}", "s.yml:1:10: timeout: \(Quantity.secondsExpected) is needed, not 10 min"),
    ("memory: lots\nindexes: {}", "s.yml:1:9: memory: \(Quantity.bytesExpected) is needed, not lots"),
    ("seed: -1\nindexes: {}", "s.yml:1:7: seed: an integer, 0…18446744073709551615 is needed, not -1"),
    ("k: 10", "s.yml:1:1: the key 'indexes' is missing"),
    ("indexes:\n  pq4: {build: {}}", "s.yml:2:8: indexes.pq4: a kind of index (flat, ivf-flat, "),
    ("indexes:\n  a/b: {index: flat}", "s.yml:2:8: indexes.a/b: a name of letters"),
    ("indexes:\n  flat:\n    build: {nlist: 4}", "s.yml:3:20: indexes.flat.build.nlist: unknown key 'nlist'"),
    (
      "indexes:\n  ivf-flat:\n    search: {nprobe: [1, 0]}",
      "s.yml:3:26: indexes.ivf-flat.search.nprobe[1]: an integer, at least 1, or auto is needed, not 0"
    ),
    (
      "indexes:\n  ivf-flat:\n    search: {nprobe: {from: 1, to: 9}}",
      "s.yml:3:22: indexes.ivf-flat.search.nprobe: one of 'factor' and 'step'"
    ),
    (
      "indexes:\n  exact: {only: {efort: 1}}",
      "s.yml:2:25: indexes.exact.only.efort: unknown key 'efort'; known are width"
    ),
    ("datasets: []\nindexes: {}", "s.yml:1:11: datasets: at least one value is needed"),
  ])
  func mistakesAreToldWithLineAndColumn(text: String, message: String) {
    let error = #expect(throws: YAMLError.self) { try read(text) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }
}
