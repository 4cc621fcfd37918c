import VectorCore

extension FractalCore {
  /// As `FractalIndex.train`.
  func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    guard trained == nil else { throw .alreadyTrained(kind: FractalIndex.declaration.kind) }
    try vectors.check(dimension: dimension, threads: threads)
    try checkEnough(vectors.rows)
    try checkClusterIDs(adding: 0)
    adopt(makeTrained(on: vectors, isPrepared: false, threads: threads), threads: threads)
    measureMarginsIfDue(threads: threads)
  }

  /// As `FractalIndex.retrain`.
  func retrain(threads: Int) throws(IndexError) {
    guard count > 0 else { return }
    try checkEnough(count)
    try checkClusterIDs(adding: 0)
    refitOutliers(threads: threads)
    codeAgain(makeTrainedOnStored(threads: threads), threads: threads)
  }

  /// Encodes all postings with new codebooks, leaf by leaf, and uses these codebooks from then on; also measures margins.
  func codeAgain(_ new: Trained, threads: Int) {
    let leaves = tree.leaves
    for leaf in leaves where store.lists[leaf.postings].count > 0 {
      let codes = new.coder.encode(keptVectors(of: leaf.postings), labels: [], threads: threads)
      store.lists[leaf.postings].replaceProductCodes(by: codes)
    }
    setTrained(new)
    if !settings.coding.keepsVectors {
      // The codes now decode to other vectors.
      for leaf in leaves { leaf.setMembers(members(of: leaf)) }
      tree.sumAbove(leaves)
    }
    useTrained(threads: threads)
    measureMargins(threads: threads)
  }

  /// Trains the codebooks on the stored vectors, and encodes the vectors that waited for codebooks.
  func trainOnStored(threads: Int) { adopt(makeTrainedOnStored(threads: threads), threads: threads) }

  private func adopt(_ new: Trained, threads: Int) {
    setTrained(new)
    useTrained(threads: threads)
  }

  /// Encodes the vectors that waited for codebooks.
  private func useTrained(threads: Int) {
    for slot in 0..<store.lists.count / 2 { boundRows(ofBuffer: Cluster.buffer(ofSlot: slot)) }
    for leaf in tree.leaves { relieve(leaf, threads: threads) }
  }

  private func checkEnough(_ vectors: Int) throws(IndexError) {
    let shape = settings.coding.shape
    guard vectors >= shape.ksub else {
      throw .tooFewVectors(what: "training codes of nbits = \(shape.nbits)", needed: shape.ksub, got: vectors)
    }
  }

  func makeTrainedOnStored(threads: Int) -> Trained {
    let places = store.placesBySequence()
    let vectors = keptVectors(at: sampleRows(of: places.count).map { places[$0] })
    return makeTrained(on: vectors, isPrepared: true, threads: threads)
  }

  private func makeTrained(on vectors: Matrix, isPrepared: Bool, threads: Int) -> Trained {
    let rows = sampleRows(of: vectors.rows)
    let some = rows.count == vectors.rows ? vectors : vectors.gathering(rows, threads: threads)
    let prepared = isPrepared ? some : metric.prepare(some, threads: threads)
    let sample = OutlierLimit(of: prepared, leaving: settings.coding.shape.ksub)
      .ordinary(prepared, threads: threads)
    let coder = ProductCoder(
      training: sample, lists: nil, outlierList: nil, configuration: settings.coding, metric: metric, seed: seed,
      threads: threads)
    guard ScalarQuantizer.supports(metric) else { return Trained(coder: coder, bounds: nil) }
    let few = sample.gathering(Array(stride(from: 0, to: sample.rows, by: max(1, sample.rows / 512))))
    let mean = coder.centers
    return Trained(
      coder: coder,
      bounds: ScalarQuantizer(
        fitting: few.residuals { _ in mean.baseAddress },
        origin: Array(UnsafeBufferPointer(start: mean.baseAddress, count: dimension)), metric: metric, threads: threads)
    )
  }

  /// The rows to train on: all of them, or a random sample of the size from which codebooks still gain.
  private func sampleRows(of count: Int) -> [Int] {
    let most = ProductQuantizer.trainingSampleLimit(nbits: settings.coding.shape.nbits)
    guard count > most else { return Array(0..<count) }
    var generator = SeededGenerator(seed: seed)
    return generator.sample(most, below: count).sorted()
  }
}
