import VectorIndexes

/// Stores vectors with a title each and prints the titles nearest to a query.
@main
enum Program {
  static func main() throws {
    let titles = ["north", "east", "south", "west"]
    let vectors = Matrix([[0, 1], [1, 0], [0, -1], [-1, 0]])
    let configuration = IVFFlatIndex.Configuration(nlist: 2)
    let index = try IVFFlatIndex(dimension: 2, metric: .angular, configuration: configuration, seed: 1)
    try index.train(vectors, threads: 1)
    try index.insertBatch(
      ids: [0, 1, 2, 3], vectors: vectors, metadata: titles.map { ["title": .text($0)] }, onConflict: .fail, threads: 1)

    let search = try IVFFlatIndex.SearchSettings(nprobe: 2).parameters()
    for hit in try index.hits([0.9, 0.3], k: 2, parameters: search) {
      if case .text(let title) = hit.metadata["title"] { print(title) }
    }
  }
}
