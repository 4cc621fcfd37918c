import Foundation
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

// parity: S3.15
@Suite struct ConfigurationTests {
  /// What a set says of itself, and what the names that people type make of it, are one thing.
  private func check<Set: ParameterSet>(_ changed: Set, _ kind: String) throws {
    let declared = Set.declarations
    #expect(try Set(Parameters(declared: declared, kind: kind)) == .standard)
    #expect(try Set(Parameters(changed.settings, declared: declared, kind: kind)) == changed)
    #expect(changed.settings != Set.standard.settings)
    for (name, value) in changed.settings { #expect(Set.standard.settings[name] != value, "\(name) is not changed") }
    #expect(try JSONDecoder().decode(Set.self, from: JSONEncoder().encode(changed)) == changed)
  }

  private static let codes = ProductCodeOptions(
    m: 5, nbits: .eight, rotation: .opq, anisotropic: 0.3, refineStore: .sq8)
  private static let ivfPQ = IVFPQIndex.Configuration(
    nlist: 7, codes: codes, byResidual: false, spill: true, trainSize: 400, niter: 3)

  @Test func namesAndPropertiesAreOneThing() throws {
    try check(IVFFlatIndex.Configuration(nlist: 3, trainSize: 9, niter: 2), "ivf-flat")
    try check(Self.ivfPQ, "ivf-pq")
    try check(
      FractalIndex.Configuration(
        maxLeaf: 90, minLeaf: 4, maxBuffer: 5, maxChildren: 6, maxDepth: 7, codes: Self.codes, trainSize: 300, niter: 9,
        refit: 2), "fractal")
    try check(
      MemTableIndex.Configuration(
        base: Self.ivfPQ,
        memtables: MemTableConfiguration(
          overflow: .skipList, capacityFactor: 2, maxRows: 50, freezeRows: 20, freezeBytes: 1000, mostFrozen: 1)),
      "memtable")
  }

  @Test func everyDeclaredParameterIsInTheConfiguration() {
    func names(_ declared: [ParameterDeclaration]) -> Set<String> { Set(declared.map(\.name)).subtracting(["storage"]) }
    #expect(names(IVFFlatIndex.declaration.build) == Set(IVFFlatIndex.Configuration.standard.settings.keys))
    #expect(names(IVFPQIndex.declaration.build) == Set(IVFPQIndex.Configuration.standard.settings.keys))
    #expect(names(FractalIndex.declaration.build) == Set(FractalIndex.Configuration.standard.settings.keys))
    #expect(names(MemTableIndex.declaration.build) == Set(MemTableIndex.Configuration.standard.settings.keys))
  }

  @Test(arguments: [
    ("nlist", IVFPQIndex.Configuration(nlist: 0)), ("niter", IVFPQIndex.Configuration(niter: 26)),
    ("train_size", IVFPQIndex.Configuration(trainSize: 255)), ("train_size", IVFPQIndex.Configuration(trainSize: 0)),
    ("m", IVFPQIndex.Configuration(codes: ProductCodeOptions(m: 7))),
    ("m", IVFPQIndex.Configuration(codes: ProductCodeOptions(m: 0))),
    ("anisotropic", IVFPQIndex.Configuration(codes: ProductCodeOptions(anisotropic: .nan))),
    ("anisotropic", IVFPQIndex.Configuration(codes: ProductCodeOptions(anisotropic: 0.2))),
  ])
  func aBadValueIsRefusedByItsName(name: String, configuration: IVFPQIndex.Configuration) throws {
    for attempt in [
      { try configuration.validate(dimension: 16, metric: .euclidean) },
      { _ = try IVFPQIndex(dimension: 16, metric: .euclidean, configuration: configuration, seed: 1) },
    ] {
      let error = #expect(throws: IndexError.self) { try attempt() }
      guard case .invalidParameter(name, _, let expected) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(!expected.isEmpty)
    }
  }

  @Test func otherIndexesRefuseByNameToo() throws {
    #expect(
      throws: IndexError.invalidParameter(
        name: "train_size", value: "5", expected: "0 or an integer, at least nlist = 9")
    ) { try IVFFlatIndex.Configuration(nlist: 9, trainSize: 5).validate(dimension: 2, metric: .hamming) }
    #expect(throws: IndexError.self) {
      try FractalIndex.Configuration(maxLeaf: 9, minLeaf: 5).validate(dimension: 8, metric: .dot)
    }
    #expect(throws: IndexError.self) {
      try MemTableIndex.Configuration(memtables: MemTableConfiguration(maxRows: 0))
        .validate(dimension: 8, metric: .dot)
    }
    #expect(
      throws: IndexError.unsupportedMetric(
        kind: "fractal", metric: .hamming, supported: FractalIndex.declaration.metrics)
    ) { try FractalIndex.Configuration().validate(dimension: 8, metric: .hamming) }
  }

  /// A typed configuration makes the index that the same parameters make.
  @Test func makesTheSameIndex() throws {
    let setup = IndexSetup(
      IVFPQIndex.self, metric: .euclidean, dimension: 8, build: ["nlist": "4", "refine_store": "sq8"])
    let named = try setup.makeFilled(with: setup.vectors(200, seed: 1))
    let typed = try IVFPQIndex(
      dimension: 8, metric: .euclidean,
      configuration: .init(nlist: 4, codes: ProductCodeOptions(refineStore: .sq8)), seed: 7)
    #expect(typed.configuration == named.configuration)
    #expect(typed.configuration.codes.m == 4 && typed.configuration.trainSize == 65_536, "what was left to the index")
  }

  /// What the fields make of parameters is what searches make of them without the fields.
  private func checkSettings<Settings: IndexSearchSettings>(
    _ settings: Settings, _ read: (Parameters) -> Settings
  ) throws {
    let parameters = try settings.parameters().values
    #expect(read(parameters) == settings && Settings(parameters) == settings)
    #expect(Settings.declarations == Settings.declaration.search)
  }

  @Test func searchSettingsBecomeTheParameters() throws {
    for refinement in [Refinement.off, .perNeighbor(3), .candidates(40), .standard] {
      let settings = IVFPQIndex.SearchSettings(nprobe: 3, refinement: refinement, diversity: 0.5)
      try checkSettings(settings) { IVFPQIndex.SearchSettings($0) }
      for leaves in [
        FractalIndex.SearchSettings(nprobe: 5, refinement: refinement),
        FractalIndex.SearchSettings(recall: 0.9, refinement: refinement),
      ] {
        try checkSettings(leaves) { FractalIndex.SearchSettings($0) }
      }
    }
    let standard = IVFPQIndex.SearchSettings()
    try checkSettings(standard) { IVFPQIndex.SearchSettings($0) }
    try checkSettings(IVFFlatIndex.SearchSettings(nprobe: 2)) { IVFFlatIndex.SearchSettings($0) }
    #expect(throws: IndexError.self) { try IVFPQIndex.SearchSettings(nprobe: 0).parameters() }
    #expect(throws: IndexError.self) { try IVFPQIndex.SearchSettings(diversity: 2).parameters() }
  }

  @Test func aFileReportsItsConfiguration() throws {
    let folder = try TemporaryFolder()
    let (flat, tree) = (folder.path + "/ivf-pq", folder.path + "/fractal")
    let asked = IVFPQIndex.Configuration(nlist: 3, codes: ProductCodeOptions(refineStore: .f16), spill: true)
    _ = try PersistentIVFPQIndex.open(at: flat, dimension: 8, metric: .dot, configuration: asked, seed: 5)
    let read = try PersistentIVFPQIndex.open(readOnly: flat)
    var chosen = asked
    (chosen.codes.m, chosen.trainSize) = (4, 65_536)
    #expect(read.configuration == chosen)
    _ = try PersistentFractalIndex.open(
      at: tree, dimension: 8, metric: .dot, configuration: .init(maxLeaf: 777), seed: 5)
    #expect(try PersistentFractalIndex.open(readOnly: tree).configuration.maxLeaf == 777)
    #expect(throws: IndexError.storedOtherwise(path: tree, field: "max_leaf", stored: "777", asked: "0")) {
      try PersistentFractalIndex.open(at: tree, dimension: 8, metric: .dot, seed: 5)
    }
  }
}
