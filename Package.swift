// swift-tools-version: 6.2
import PackageDescription

/// Debug builds keep their checks but not slow kernels: C is compiled with -O0 under `swift test` otherwise.
let kernelSettings: [CSetting] = [.unsafeFlags(["-O3"])]

/// Rows are handed out as `Span`s that borrow from their matrix.
let lifetimes: [SwiftSetting] = [.enableExperimentalFeature("Lifetimes")]

/// Exclusive access to stored properties is checked by debug builds, and so by the tests; the calls that check it while an
/// optimised program runs take a tenth of a search.
let searching: [SwiftSetting] =
  lifetimes + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// libFuzzer's library: named by RECALLBENCH_FUZZ, it makes a fuzzer of the readers (see Tests/Fuzz).
let fuzzerLibrary = Context.environment["RECALLBENCH_FUZZ"]
let coverage: [SwiftSetting] = fuzzerLibrary == nil ? [] : [.unsafeFlags(["-sanitize=fuzzer"])]

let package = Package(
  name: "RecallBench",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "recallbench", targets: ["recallbench"]),
    .library(name: "RecallBenchCLI", targets: ["RecallBenchCLI"]),
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
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),

    // Foundations.
    .target(name: "CKernels", exclude: ["README.md"], cSettings: kernelSettings),
    .target(name: "VectorCore", dependencies: ["CKernels"], swiftSettings: searching),
    .target(name: "OrderedStore", dependencies: ["CLMDB"]),
    .target(name: "HDF5", dependencies: ["CHDF5", "CZlib", "VectorCore"], swiftSettings: coverage),
    .target(name: "YAML", dependencies: ["CYAML"], swiftSettings: coverage),
    .target(name: "SQLite", dependencies: ["CSQLite"]),

    // What is measured, and what it is measured on.
    .target(
      name: "VectorIndexes", dependencies: ["CKernels", "VectorCore", "OrderedStore"], swiftSettings: searching),
    .target(name: "Datasets", dependencies: ["VectorCore", "HDF5", "YAML", "CCrypto"], swiftSettings: coverage),

    // Measuring and telling.
    .target(
      name: "Bench", dependencies: ["VectorCore", "VectorIndexes", "Datasets", "HDF5", "YAML", "SQLite"]),
    .target(
      name: "Reports", dependencies: ["Bench"],
      resources: [
        .embedInCode("Charts/charts.py"), .embedInCode("Page/page.css"), .embedInCode("Page/page.js"),
      ]),
    .target(
      name: "RecallBenchCLI",
      dependencies: ["VectorCore", "VectorIndexes", "Datasets", "YAML", "Bench", "Reports"]),
    .executableTarget(name: "recallbench", dependencies: ["RecallBenchCLI"]),

    // Tests mirror the sources.
    .target(name: "TestSupport", dependencies: ["VectorCore", "VectorIndexes"], path: "Tests/TestSupport"),
    .testTarget(name: "VectorCoreTests", dependencies: ["VectorCore", "CKernels", "TestSupport"]),
    .testTarget(
      name: "VectorIndexesTests", dependencies: ["VectorIndexes", "OrderedStore", "Datasets", "TestSupport"]),
    .testTarget(name: "OrderedStoreTests", dependencies: ["OrderedStore", "VectorCore", "TestSupport"]),
    .testTarget(name: "HDF5Tests", dependencies: ["HDF5", "VectorCore", "TestSupport"], exclude: ["Fixtures"]),
    .testTarget(name: "YAMLTests", dependencies: ["YAML"]),
    .testTarget(name: "SQLiteTests", dependencies: ["SQLite"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "HDF5", "YAML", "VectorCore", "TestSupport"]),
    .testTarget(name: "BenchTests", dependencies: ["Bench", "HDF5", "SQLite", "YAML", "TestSupport"]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports", "TestSupport"]),
    .testTarget(
      name: "CommandLineTests", dependencies: ["RecallBenchCLI", "recallbench", "HDF5", "SQLite", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)

if let fuzzerLibrary {
  package.targets.append(
    .executableTarget(
      name: "FuzzReaders", dependencies: ["Datasets"], path: "Tests/Fuzz",
      linkerSettings: [.unsafeFlags([fuzzerLibrary]), .linkedLibrary("stdc++")]))
}
