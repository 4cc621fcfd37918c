// swift-tools-version: 6.2
import PackageDescription

/// Rows are handed out as `Span`s that borrow from their matrix.
let lifetimes: [SwiftSetting] = [.enableExperimentalFeature("Lifetimes")]

let package = Package(
  name: "RecallBench",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "recallbench", targets: ["recallbench"]),
    .library(name: "RecallBenchCLI", targets: ["RecallBenchCLI"]),
    .library(name: "Bench", targets: ["Bench"]),
    .library(name: "IndexConformance", targets: ["IndexConformance"]),
    .library(name: "VectorIndexes", targets: ["VectorIndexes"]),
    .library(name: "VectorSearch", targets: ["VectorSearch"]),
  ],
  targets: [
    // System libraries.
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
    .systemLibrary(
      name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .systemLibrary(
      name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),

    // Foundations.
    .target(name: "CKernels"),
    .systemLibrary(name: "CRecallBenchPlugin"),
    .target(name: "VectorCore", dependencies: ["CKernels"], swiftSettings: lifetimes),
    .target(name: "Files"),
    .target(name: "Processes"),
    .target(name: "Zlib", dependencies: ["CZlib"]),
    .target(name: "OrderedStore", dependencies: ["CLMDB", "CXXHash", "VectorCore"]),
    .target(name: "HDF5", dependencies: ["CHDF5", "VectorCore", "Zlib"]),
    .target(name: "YAML", dependencies: ["CYAML"]),
    .target(name: "SQLite", dependencies: ["CSQLite"]),

    // What is measured, and what it is measured on.
    .target(name: "VectorSearch", dependencies: ["VectorCore"], swiftSettings: lifetimes),
    .target(
      name: "VectorIndexes", dependencies: ["CKernels", "VectorCore", "VectorSearch", "OrderedStore"],
      swiftSettings: lifetimes),
    .target(name: "IndexConformance", dependencies: ["VectorCore", "VectorSearch"], swiftSettings: lifetimes),
    // The catalog is a link to datasets/catalog.yml.
    .target(
      name: "Datasets",
      dependencies: ["Files", "VectorCore", "HDF5", "Processes", "YAML", "Zlib", "CCrypto", "CCurl"],
      resources: [.embedInCode("catalog.yml"), .embedInCode("Formats/Arrow/tables.py")]),

    // Measuring and telling.
    .target(
      name: "Bench",
      dependencies: [
        "CRecallBenchPlugin", "Files", "Processes", "VectorCore", "VectorIndexes", "Datasets", "HDF5", "YAML",
        "SQLite",
      ],
      // The header is a link to that of CRecallBenchPlugin.
      resources: [
        .embedInCode("Subjects/Python/driver.py"),
        .embedInCode("Subjects/Peers/hnswlib.cpp"),
        .embedInCode("Subjects/Peers/install.py"),
        .embedInCode("Subjects/Peers/peer.py"),
        .embedInCode("Subjects/Peers/peer_duckdb_vss.py"),
        .embedInCode("Subjects/Peers/peer_faiss.py"),
        .embedInCode("Subjects/Peers/peer_hnswlib.py"),
        .embedInCode("Subjects/Peers/peer_lancedb.py"),
        .embedInCode("Subjects/Peers/peer_lorann.py"),
        .embedInCode("Subjects/Peers/peer_pgvector.py"),
        .embedInCode("Subjects/Peers/peer_scann.py"),
        .embedInCode("Subjects/Peers/peer_sqlite_vec.py"),
        .embedInCode("Subjects/Peers/peer_svs.py"),
        .embedInCode("Subjects/Peers/peer_vectorlite.py"),
        .embedInCode("Subjects/Peers/peers.yml"),
        .embedInCode("Subjects/Peers/plugin.hpp"),
        .embedInCode("Subjects/Peers/rabitqlib.cpp"),
        .embedInCode("Subjects/Peers/recallbench_index.h"),
        .embedInCode("Subjects/Peers/usearch.cpp"),
      ]),
    .target(
      name: "Reports", dependencies: ["Bench", "Files", "Processes", "VectorSearch"],
      resources: [
        .embedInCode("Charts/charts.py"), .embedInCode("Formats/parquet.py"), .embedInCode("Page/page.css"),
        .embedInCode("Page/chart.js"),
        .embedInCode("Page/page.js"),
      ]),
    .target(
      name: "RecallBenchCLI",
      dependencies: ["Files", "VectorCore", "VectorIndexes", "Datasets", "YAML", "Bench", "Reports"]),
    .executableTarget(name: "recallbench", dependencies: ["RecallBenchCLI"], plugins: ["BuiltCommit"]),
    .plugin(
      name: "BuiltCommit", capability: .buildTool(), path: "Sources/BuiltCommit", exclude: ["commit.sh"]),

    // Tests mirror the sources.
    .target(
      name: "TestSupport", dependencies: ["IndexConformance", "VectorCore", "VectorSearch"], path: "Tests/TestSupport"),
    .testTarget(name: "VectorCoreTests", dependencies: ["VectorCore", "CKernels", "TestSupport"]),
    .testTarget(
      name: "VectorSearchTests",
      dependencies: ["VectorSearch", "VectorIndexes", "OrderedStore", "IndexConformance", "TestSupport"]),
    .testTarget(name: "IndexConformanceTests", dependencies: ["IndexConformance", "VectorCore", "VectorSearch"]),
    .testTarget(
      name: "VectorIndexesTests", dependencies: ["VectorIndexes", "OrderedStore", "Datasets", "TestSupport"]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
    .testTarget(name: "ProcessesTests", dependencies: ["Processes"]),
    .testTarget(name: "ZlibTests", dependencies: ["Zlib"]),
    .testTarget(name: "OrderedStoreTests", dependencies: ["OrderedStore", "VectorCore", "TestSupport"]),
    .testTarget(name: "HDF5Tests", dependencies: ["HDF5", "VectorCore", "TestSupport"], exclude: ["Fixtures"]),
    .testTarget(name: "YAMLTests", dependencies: ["YAML"]),
    .testTarget(name: "SQLiteTests", dependencies: ["SQLite"]),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "Files", "HDF5", "YAML", "VectorCore", "TestSupport"]),
    .testTarget(name: "BenchTests", dependencies: ["Bench", "HDF5", "SQLite", "YAML", "TestSupport"]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports", "Files", "Processes", "TestSupport"]),
    .executableTarget(
      name: "DisturbedProgram", dependencies: ["Bench", "RecallBenchCLI"], path: "Tests/DisturbedProgram"),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "RecallBenchCLI", "recallbench", "DisturbedProgram", "HDF5", "OrderedStore", "SQLite", "TestSupport",
      ]),
  ],
  swiftLanguageModes: [.v6]
)

// A fuzzer of the readers, see `make fuzz`.
if Context.environment["RECALLBENCH_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "FuzzReaders", dependencies: ["Datasets"], path: "Tests/Fuzz", linkerSettings: [.linkedLibrary("stdc++")]))
}
