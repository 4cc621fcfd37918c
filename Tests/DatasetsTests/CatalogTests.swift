import Datasets
import Foundation
import Testing
import YAML

struct CatalogTests {
  private let folder = TemporaryFolder()

  private func catalog(_ text: String) throws -> Catalog {
    try folder.write("catalog.yml", Data(text.utf8))
    return try Catalog(folder: folder.path, shipped: "/nowhere")
  }

  @Test func theShippedCatalogIsWhole() throws {
    let catalog = try Catalog(folder: shippedDatasets)
    let sift = try catalog.entry(named: "sift-128-euclidean")
    #expect(sift.url?.absoluteString == "http://ann-benchmarks.com/sift-128-euclidean.hdf5")
    #expect(sift.dimension == 128 && sift.trainSize == 1_000_000 && sift.testSize == 10_000 && sift.neighbors == 100)
    #expect(sift.metric == .euclidean)
    // Its name says dot, its distance is angular.
    #expect(try catalog.entry(named: "lastfm-64-dot").metric == .angular)
    #expect(try catalog.entry(named: "kosarak-jaccard").metric == nil)
    #expect(catalog.entries.count >= 13)
    let vibe = "https://huggingface.co/datasets/vector-index-bench/vibe/resolve/main/"
    for entry in catalog.entries where entry.url != nil {
      let place = entry.collection == "vibe" ? vibe : "http://ann-benchmarks.com/"
      #expect(entry.url?.absoluteString == "\(place)\(entry.name).hdf5")
    }
    for entry in catalog.entries where entry.url == nil {
      #expect(catalog.isPresent(entry), "\(entry.name) comes with the project")
    }
  }

  /// What its README lists: eleven datasets with queries of the vectors' distribution, and eight with others.
  @Test func vibeIsInTheCatalog() throws {
    let catalog = try Catalog(folder: "/nowhere", shipped: "/nowhere")
    let entries = catalog.entries.filter { $0.collection == "vibe" }
    #expect(entries.count == 19)
    #expect(entries.filter { $0.distance == "normalized" }.count == 10)
    for entry in entries {
      // NAME-DIMENSION-DISTANCE.
      let parts = entry.name.split(separator: "-")
      #expect(parts.suffix(2).joined(separator: "-") == "\(try #require(entry.dimension))-\(entry.distance)")
      #expect(entry.fullName == "vibe/\(entry.name)" && entry.trainSize != nil && entry.neighbors == 100)
      for name in [entry.name, entry.fullName] { #expect(try catalog.entry(named: name).name == entry.name) }
    }
  }

  @Test func aCollectionMayStandBeforeAName() throws {
    let catalog = try catalog("datasets: [{name: a-2-dot, collection: c, distance: dot, url: 'http://x/a'}]")
    try folder.write("a-2-dot.hdf5", Data())
    for name in ["a-2-dot", "c/a-2-dot"] {
      #expect(!Catalog.isPath(name))
      #expect(try catalog.resolve(name).path == folder.file("a-2-dot.hdf5"))
    }
    #expect(throws: CatalogError.unknownName("c/a-2-dto", nearest: "c/a-2-dot")) { try catalog.resolve("c/a-2-dto") }
    // A folder or a file of that form is still a path.
    try FileManager.default.createDirectory(atPath: folder.file("b"), withIntermediateDirectories: false)
    #expect(try catalog.resolve("\(folder.path)/b").entry == nil)
  }

  @Test func namesAndPathsAreResolved() throws {
    let shipped = try Catalog(folder: shippedDatasets)
    let (path, entry) = try shipped.resolve("photo-sift-20k-128-euclidean")
    #expect(path == "\(shippedDatasets)/photo-sift-20k-128-euclidean.hdf5" && entry?.dimension == 128)
    for path in ["some/file.hdf5", "./some/file", "some/", "file.hdf5", "/tmp"] {
      let resolved = try shipped.resolve(path)
      #expect(resolved.path == path && resolved.entry == nil)
    }
  }

  @Test func aMisspeltNameIsAnsweredWithTheNearest() throws {
    let catalog = try Catalog(folder: shippedDatasets)
    #expect(throws: CatalogError.unknownName("sift-128-euclidian", nearest: "sift-128-euclidean")) {
      try catalog.resolve("sift-128-euclidian")
    }
    #expect(throws: CatalogError.unknownName("photograph", nearest: nil)) { try catalog.entry(named: "photograph") }
  }

  @Test func whatIsNotHereYetIsToldWithTheCommand() throws {
    let catalog = try catalog("datasets: [{name: a-2-dot, url: 'http://x/a', distance: dot}, {name: b, distance: l1}]")
    #expect {
      try catalog.resolve("a-2-dot")
    } throws: {
      "\($0)" == "\(folder.path)/a-2-dot.hdf5 is not there; get it with `recallbench datasets fetch a-2-dot --datasets "
        + "\(folder.path)`"
    }
    #expect(throws: CatalogError.notFetched("b", folder: folder.path, canFetch: false)) {
      try catalog.resolve("b")
    }
  }

  @Test(arguments: [
    "datasets: [{name: ../evil, distance: dot}]", "datasets: [{name: .hidden, distance: dot}]",
    "datasets: [{name: a, collection: .., distance: dot}]",
    "datasets: [{name: a, distance: dot, url: 'file:///etc/passwd'}]", "datasets: [{name: a}]",
    "datasets: [{name: a, distance: dot, train: 0}]", "datasets: [{name: a, distance: dot, sise: 3}]",
    "datasets: [{name: a, distance: dot}, {name: a, distance: dot}]", "datasets: {}", "sets: []", "",
  ])
  func aMalformedCatalogIsRefusedWithItsPlace(_ text: String) throws {
    #expect {
      _ = try catalog(text)
    } throws: {
      "\($0)".hasPrefix("\(folder.path)/catalog.yml:1:") && !"\($0)".contains("\n")
    }
  }

  /// The program knows the public datasets wherever it runs.
  @Test(arguments: ["/nowhere", "/dev/null"]) func aFolderWithoutACatalogHasTheBuiltInOne(path: String) throws {
    let catalog = try Catalog(folder: path, shipped: "/nowhere")
    #expect(catalog.entries.map(\.name) == (try Catalog(folder: shippedDatasets)).entries.map(\.name))
    #expect(catalog.entries.allSatisfy { !catalog.isPresent($0) })
    let error = #expect(throws: CatalogError.self) { try catalog.resolve("glove-25-angular") }
    #expect(error == .notFetched("glove-25-angular", folder: path, canFetch: true))
  }

  @Test func theFolderOfAnyDirectoryIsTheDefault() throws {
    let catalog = try Catalog(folder: "datasets", shipped: "/nowhere")
    let error = CatalogError.notFetched("glove-25-angular", folder: catalog.folder, canFetch: true)
    #expect(
      "\(error)"
        == "datasets/glove-25-angular.hdf5 is not there; get it with `recallbench datasets fetch glove-25-angular`")
  }

  @Test func theFoldersCatalogAddsToTheBuiltInOneAndReplacesItsEntries() throws {
    let builtIn = try Catalog(folder: "/nowhere").entries
    let own = try catalog(
      "datasets: [{name: mine, distance: dot}, {name: glove-25-angular, distance: angular, url: 'http://mirror/g'}]")
    #expect(own.entries.map(\.name) == builtIn.map(\.name) + ["mine"])
    #expect(try own.entry(named: "glove-25-angular").url?.absoluteString == "http://mirror/g")
  }

  @Test func theFolderIsPreferredToWhatComesWithTheProgram() throws {
    let shipped = TemporaryFolder()
    try shipped.write("mine.hdf5", Data())
    try folder.write("catalog.yml", Data("datasets: [{name: mine, distance: dot}]".utf8))
    let catalog = try Catalog(folder: folder.path, shipped: shipped.path)
    #expect(try catalog.resolve("mine").path == shipped.file("mine.hdf5"))
    try folder.write("mine.yml", Data())
    #expect(try catalog.resolve("mine").path == folder.file("mine.yml"))
  }

  @Test func aCatalogThatCannotBeReadIsNotPassedOver() throws {
    try FileManager.default.createDirectory(atPath: folder.file("catalog.yml"), withIntermediateDirectories: false)
    let error = #expect(throws: CatalogError.self) { try Catalog(folder: folder.path) }
    #expect(error?.description.hasPrefix("\(folder.path)/catalog.yml: cannot be read: ") == true)
  }
}
