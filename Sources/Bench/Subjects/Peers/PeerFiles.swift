/// The files of adapters and plug-ins for other libraries, which are embedded in this program.
enum PeerFiles {
  /// The Python modules of a library's adapter, by name: the module that all adapters share, and the adapter.
  static func modules(for library: String) -> [(name: String, source: String)] {
    let adapter: [UInt8]? =
      switch library {
      case "duckdb_vss": PackageResources.peer_duckdb_vss_py
      case "faiss": PackageResources.peer_faiss_py
      case "hnswlib": PackageResources.peer_hnswlib_py
      case "lancedb": PackageResources.peer_lancedb_py
      case "lorann": PackageResources.peer_lorann_py
      case "pgvector": PackageResources.peer_pgvector_py
      case "scann": PackageResources.peer_scann_py
      case "sqlite_vec": PackageResources.peer_sqlite_vec_py
      case "svs": PackageResources.peer_svs_py
      case "vectorlite": PackageResources.peer_vectorlite_py
      default: nil
      }
    guard let adapter else { preconditionFailure("peers.yml names the adapter \(library), which there is not") }
    return [
      ("peer", text(PackageResources.peer_py)),
      ("peer_\(library)", text(adapter)),
    ]
  }

  /// The source files of plug-ins, by file name.
  static let sources: [(name: String, bytes: [UInt8])] = [
    ("recallbench_index.h", PackageResources.recallbench_index_h), ("plugin.hpp", PackageResources.plugin_hpp),
    ("hnswlib.cpp", PackageResources.hnswlib_cpp), ("rabitqlib.cpp", PackageResources.rabitqlib_cpp),
    ("usearch.cpp", PackageResources.usearch_cpp),
  ]

  static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
