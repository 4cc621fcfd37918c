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
