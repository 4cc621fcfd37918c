import Foundation
import VectorIndexes

/// Stores vectors with a title each and prints the titles nearest to a query.
@main
enum Program {
  static func main() throws {
    let titles = ["north", "east", "south", "west"]
    let vectors = Matrix([[0, 1], [1, 0], [0, -1], [-1, 0]])
    let index = try FlatIndex(
      dimension: 2, metric: .angular, parameters: Parameters(declared: FlatIndex.declaration.build, kind: "flat"),
      seed: 1)
    try index.insertBatch(
      ids: [0, 1, 2, 3], vectors: vectors, metadata: titles.map { ["title": .text($0)] }, onConflict: .fail, threads: 1)

    var answer = TopK(k: 0)
    let query: [Float] = [0.9, 0.3]
    let parameters = SearchParameters(try Parameters(declared: FlatIndex.declaration.search, kind: "flat"))
    try index.search(
      query.span, k: 2, parameters: parameters, filter: nil, scratch: index.makeScratch(), into: &answer)
    print((0..<answer.count).map { titles[Int(answer[$0].id)] }.joined(separator: " "))
  }
}
