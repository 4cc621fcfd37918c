import Datasets
import VectorCore
import VectorIndexes

/// Judges each answer by the true neighbours among the rows that were visible to its search, the first rows of a
/// dataset.
struct IngestJudge {
  let dataset: Dataset
  let k: Int
  let threads: Int

  /// The quality of a group of answers.
  struct Judgement {
    /// The quality; its fractions are NaN when no answer was judged.
    var quality: Quality
    /// Each answer's recall; NaN when the query has no true neighbours, as a zero vector has none under angular
    /// distance.
    var recalls: [Double]
  }

  /// Judges groups of answers, each group by itself.
  ///
  /// - Parameter groups: the answers of searches that saw at least k rows.
  /// - Throws: `BenchError.index` when the exact index refuses the vectors.
  /// - Complexity: O(s·n·d) for s answers.
  func judge(_ groups: [[IngestReaders.Sample]]) throws(BenchError) -> [Judgement] {
    let samples = groups.flatMap { $0 }
    let truth: [Truth]
    do throws(IndexError) { truth = try neighbors(of: samples) } catch {
      throw .index(label: FlatIndex.declaration.kind, error)
    }
    var first = 0
    return groups.map { group in
      defer { first += group.count }
      return judge(group, by: truth[first..<first + group.count])
    }
  }

  /// The true neighbours of one sample's query.
  private typealias Truth = (neighbors: [Int64], distances: [Float])

  private func judge(_ samples: [IngestReaders.Sample], by truth: ArraySlice<Truth>) -> Judgement {
    let judged = Dataset(
      name: dataset.name, path: dataset.path, metric: dataset.metric, train: dataset.train,
      test: dataset.test.gathering(samples.map(\.query)),
      groundTruth: GroundTruth(
        depth: k, neighbors: truth.flatMap(\.neighbors), distances: truth.flatMap(\.distances)))
    guard judged.unjudgedQueries < samples.count else {
      return Judgement(
        quality: .unknown(unjudged: samples.count), recalls: Array(repeating: .nan, count: samples.count))
    }
    var recalls: [Double] = []
    let quality = Quality(
      JudgedAnswers(rows: samples.flatMap { rows($0.ids) }, k: k, of: judged), of: judged, recalls: &recalls)
    return Judgement(quality: quality, recalls: recalls)
  }

  /// The true neighbours in the order of the samples. The exact index grows from the samples that saw the fewest rows
  /// to those that saw the most.
  private func neighbors(of samples: [IngestReaders.Sample]) throws(IndexError) -> [Truth] {
    let (kind, declaration) = (FlatIndex.declaration.kind, FlatIndex.declaration)
    let index = try FlatIndex(
      dimension: dataset.train.columns, metric: dataset.metric,
      parameters: Parameters(declared: declaration.build, kind: kind), seed: 0)
    let parameters = SearchParameters(
      try Parameters(declared: declaration.search, kind: kind), metric: dataset.metric)
    let scratch = index.makeScratch()
    var truth = [Truth](repeating: ([], []), count: samples.count)
    var answer = TopK(k: k)
    for place in samples.indices.sorted(by: { samples[$0].rows < samples[$1].rows }) {
      let sample = samples[place]
      if sample.rows > index.count {
        let rows = index.count..<sample.rows
        try index.insertBatch(
          ids: rows.map(UInt64.init), vectors: dataset.train[rows: rows], metadata: [], onConflict: .fail,
          threads: threads)
      }
      try index.search(
        dataset.test[row: sample.query], k: k, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
      var answers = NeighborBatch(k: k, reserving: 1)
      answers.append(answer)
      let found = GroundTruth(answers)
      truth[place] = (found.neighbors, found.distances)
    }
    return truth
  }

  /// The ids as `JudgedAnswers` takes them: −1 in the places after the last one found.
  private func rows(_ ids: [UInt64]) -> [Int32] {
    (0..<k).map { $0 < ids.count ? Int32(exactly: ids[$0]) ?? .max : -1 }
  }
}
