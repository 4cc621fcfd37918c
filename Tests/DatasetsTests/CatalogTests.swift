import Datasets
import Foundation
import Testing
import YAML

struct CatalogTests {
  private let folder = TemporaryFolder()

  private func catalog(_ text: String) throws -> Catalog {
    try folder.write("catalog.yml", Data(text.utf8))
    return try Catalog(folder: folder.path)
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
    for entry in catalog.entries where entry.url != nil {
      #expect(entry.url?.absoluteString == "http://ann-benchmarks.com/\(entry.name).hdf5")
    }
    for entry in catalog.entries where entry.url == nil {
      #expect(catalog.isPresent(entry), "\(entry.name) comes with the project")
    }
  }

  @Test func namesAndPathsAreResolved() throws {
    let shipped = try Catalog(folder: shippedDatasets)
    let (path, entry) = try shipped.resolve("photo-sift-20k-128-euclidean")
    #expect(path == "\(shippedDatasets)/photo-sift-20k-128-euclidean.hdf5" && entry?.dimension == 128)
    for path in ["some/file", "file.hdf5", "/tmp"] {
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
      "\($0)" == "\(folder.path)/a-2-dot.hdf5 is not there; get it with `recallbench datasets fetch a-2-dot`"
    }
    #expect(throws: CatalogError.notFetched("b", path: folder.file("b.hdf5"), canFetch: false)) {
      try catalog.resolve("b")
    }
  }

  @Test(arguments: [
    "datasets: [{name: ../evil, distance: dot}]", "datasets: [{name: .hidden, distance: dot}]",
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

  @Test func aMissingCatalogIsNamed() {
    let error = #expect(throws: CatalogError.self) { try Catalog(folder: "/nowhere") }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("/nowhere/catalog.yml: cannot be read: No such file") && text.contains("--datasets"))
  }
}
