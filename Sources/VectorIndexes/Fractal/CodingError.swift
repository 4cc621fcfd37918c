/// The running mean of the coding error ‖x − x̂‖², where x̂ is the decoded x; it shows whether the codebooks fit new
/// vectors.
struct CodingError: Equatable {
  /// The mean error of the vectors on which the codebooks were trained.
  let trained: Double
  /// The running mean of the vectors coded since training; the last `window` vectors have most of the weight.
  private(set) var running: Double
  /// The number of vectors coded since training.
  private(set) var coded = 0

  private static let window = 1024

  init(trained: Double) {
    self.trained = trained
    running = trained
  }

  /// Restores stored values.
  init(trained: Double, running: Double, coded: Int) {
    (self.trained, self.running, self.coded) = (trained, running, coded)
  }

  /// Adds the mean error of vectors that were coded together; an error that overflows counts as a very large one.
  mutating func add(_ error: Double, of vectors: Int) {
    let error = min(error, Double(Float.greatestFiniteMagnitude))
    running += (error - running) * min(1, Double(vectors) / Double(Self.window))
    coded += vectors
  }

  /// Figures for `IndexStatistics.figures`.
  var figures: [String: Double] { ["reconstruction_error": trained, "coding_error": running] }

  /// Whether the error exceeds `threshold` times that of training, and at least a quarter of the `count` vectors were
  /// coded since.
  ///
  /// The second condition bounds the work: however often the data drift, each vector is coded again at most five times.
  func hasDrifted(beyond threshold: Double, of count: Int) -> Bool {
    threshold > 0 && running > threshold * trained && coded >= count / 4
  }
}
