import Datasets
import VectorCore
import VectorIndexes

/// Judges answers by the true neighbours among the first rows of a dataset, as many as each search saw.
struct IngestJudge {
  let dataset: Dataset
  let k: Int
  let threads: Int

  /// The share of true neighbours that each sample found, as `Quality.recall` counts them.
  ///
  /// - Parameter samples: of searches that saw at least k rows.
  /// - Returns: NaN for a sample whose query has no true neighbours, a zero vector under angular distance.
  /// - Throws: `BenchError.index` when the exact index refuses the vectors.
  /// - Complexity: O(s·n·d) for s samples.
  func recalls(of samples: [IngestReaders.Sample]) throws(BenchError) -> [Double] {
    guard !samples.isEmpty else { return [] }
    let order = samples.indices.sorted { samples[$0].rows < samples[$1].rows }
    let truth: GroundTruth
    do throws(IndexError) {
      truth = GroundTruth(try neighbors(of: order.map { samples[$0] }))
    } catch {
      throw .index(label: FlatIndex.declaration.kind, error)
    }
    let judged = Dataset(
      name: dataset.name, path: dataset.path, metric: dataset.metric, train: dataset.train,
      test: dataset.test.gathering(order.map { samples[$0].query }), groundTruth: truth)
    var recalls = [Double](repeating: .nan, count: samples.count)
    if judged.unjudgedQueries < samples.count {
      _ = Quality(
        JudgedAnswers(rows: order.flatMap { rows(samples[$0].ids) }, k: k, of: judged), of: judged, recalls: &recalls)
    }
    var results = [Double](repeating: 0, count: samples.count)
    for (place, sample) in order.enumerated() { results[sample] = recalls[place] }
    return results
  }

  /// The true neighbours of each sample's query; samples that saw the fewest rows come first.
  private func neighbors(of samples: [IngestReaders.Sample]) throws(IndexError) -> NeighborBatch {
    let (kind, declaration) = (FlatIndex.declaration.kind, FlatIndex.declaration)
    let index = try FlatIndex(
      dimension: dataset.train.columns, metric: dataset.metric,
      parameters: Parameters(declared: declaration.build, kind: kind), seed: 0)
    let parameters = SearchParameters(
      try Parameters(declared: declaration.search, kind: kind), metric: dataset.metric)
    let scratch = index.makeScratch()
    var answers = NeighborBatch(k: k, reserving: samples.count)
    var answer = TopK(k: k)
    for sample in samples {
      if sample.rows > index.count {
        let rows = index.count..<sample.rows
        try index.insertBatch(
          ids: rows.map(UInt64.init), vectors: dataset.train[rows: rows], metadata: [], onConflict: .fail,
          threads: threads)
      }
      try index.search(
        dataset.test[row: sample.query], k: k, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
      answers.append(answer)
    }
    return answers
  }

  /// As `JudgedAnswers` takes them: −1 where fewer than k were found.
  private func rows(_ ids: [UInt64]) -> [Int32] {
    (0..<k).map { $0 < ids.count ? Int32(exactly: ids[$0]) ?? .max : -1 }
  }
}
