// swift-tools-version: 6.2
import PackageDescription

// An index outside of RecallBench's package: the one that the article WritingAnIndex prints.
let package = Package(
  name: "SignBuckets",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "RecallBench", path: "../../..")],
  targets: [
    .target(name: "SignBuckets", dependencies: [.product(name: "VectorSearch", package: "RecallBench")]),
    .executableTarget(
      name: "mybench", dependencies: ["SignBuckets", .product(name: "RecallBenchCLI", package: "RecallBench")]),
    .testTarget(
      name: "SignBucketsTests",
      dependencies: ["SignBuckets", .product(name: "IndexConformance", package: "RecallBench")]),
  ],
  swiftLanguageModes: [.v6]
)
