// swift-tools-version: 6.2
import PackageDescription

// An app that searches with RecallBench's indexes and depends on a version of it, which is a tag of a repository.
let package = Package(
  name: "SearchApp",
  platforms: [.macOS(.v15)],
  dependencies: [.package(url: Context.environment["RECALLBENCH_URL"] ?? "", from: "0.2.0")],
  targets: [
    .executableTarget(
      name: "search-app", dependencies: [.product(name: "VectorIndexes", package: "RecallBench")])
  ],
  swiftLanguageModes: [.v6]
)
