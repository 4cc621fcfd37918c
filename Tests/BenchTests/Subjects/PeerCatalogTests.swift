import Foundation
import TestSupport
import Testing
import VectorIndexes

@testable import Bench

@Suite struct PeerCatalogTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func nothingIsInstalledInAnEmptyFolder() throws {
    let catalog = PeerCatalog(folder: folder.path)
    #expect(catalog.libraries.count >= 10)
    #expect(catalog.libraries.allSatisfy { $0.installed == nil } && catalog.subjects.allSatisfy { !$0.isInstalled })
    let faiss = try #require(catalog.subjects.first { $0.kind == "faiss-ivfflat" })
    #expect(faiss.obstacle == "faiss is not installed; recallbench peers install faiss")
    #expect(faiss.declaration.build.map(\.name) == ["nlist"] && faiss.declaration.search.map(\.name) == ["nprobe"])
  }

  @Test func whatTuneVariesIsInTheCatalog() throws {
    let subjects = PeerCatalog(folder: folder.path).subjects
    func tunings(_ kind: String) throws -> [ParameterTuning?] {
      let declaration = try #require(subjects.first { $0.kind == kind }).declaration
      return (declaration.build + declaration.search).map(\.tuning)
    }
    let (some, few) = (
      [8, 16, 32, 64].map { ParameterValue.integer($0) }, [100, 200, 400].map { ParameterValue.integer($0) }
    )
    #expect(try tunings("hnswlib") == [.values(some), .values(few), .bisected])
    #expect(
      try tunings("lorann") == [
        .rootOfRows([0.5, 1, 2, 4, 8, 16]), .values(["16", "32", "64"].map { .choice($0) }), nil, .bisected,
        .rising([2, 4, 10, 20, 40].map { .integer($0) }),
      ])
    // An exact index has nothing to tune, and every other kind has.
    for subject in subjects where !(subject.declaration.build + subject.declaration.search).isEmpty {
      #expect(subject.declaration.search.contains { $0.tuning == .bisected }, "\(subject.kind)")
    }
  }

  @Test func noKindHasTheNameOfAnother() {
    let kinds = PeerCatalog(folder: folder.path).subjects.map(\.kind)
    #expect(Set(kinds).count == kinds.count)
    #expect(Set(kinds).isDisjoint(with: IndexCatalog.standard.kinds))
  }

  @Test func everyLibraryInPythonHasAnAdapter() {
    for subject in PeerCatalog(folder: folder.path).subjects {
      guard case .python(let kind)? = subject.foreign, case .adapter(let library, _) = kind.interface else { continue }
      let modules = PeerFiles.modules(for: library)
      #expect(modules.map(\.name) == ["peer", "peer_\(library)"])
      #expect(modules[1].source.contains("\nPEER = "), "\(library)")
    }
  }

  @Test func whatTheInstallerHasWrittenIsThereAsLongAsItsFilesAre() throws {
    let plugin = "\(folder.path)/libhnswlib.so"
    let record = """
      {"python": "x", "libraries": {"hnswlib": {"version": "hnswlib 0.8.0", "plugin": "\(plugin)",
        "files": [{"name": "hnswlib-0.8.0.tar.gz", "sha256": "ab"}], "compile": "c++", "compiler": "gcc"}}}
      """
    try record.write(toFile: "\(folder.path)/installed.json", atomically: true, encoding: .utf8)
    func hnswlib() throws -> Subject {
      try #require(PeerCatalog(folder: folder.path).subjects.first { $0.kind == "hnswlib" })
    }
    #expect(try !hnswlib().isInstalled)
    try "a library".write(toFile: plugin, atomically: true, encoding: .utf8)
    #expect(try hnswlib().isInstalled)
    guard case .plugin(let kind)? = try hnswlib().foreign else {
      Issue.record("hnswlib is no plug-in")
      return
    }
    #expect(kind.path == plugin && kind.name == "hnswlib" && kind.sha256.count == 64)
    try "{".write(toFile: "\(folder.path)/installed.json", atomically: true, encoding: .utf8)
    #expect(try !hnswlib().isInstalled)
  }
}
