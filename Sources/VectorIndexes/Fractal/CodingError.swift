/// How well a `FractalCore`'s codebooks suit the vectors that come: a running mean of ‖x − x̂‖², x̂ what x's code stands for.
struct CodingError: Equatable {
  /// That of the vectors the codebooks were trained on.
  let trained: Double
  /// That of the vectors coded since, of which the last `window` weigh most.
  private(set) var running: Double
  /// Vectors coded since.
  private(set) var coded = 0

  private static let window = 1024

  init(trained: Double) {
    self.trained = trained
    running = trained
  }

  /// Takes what once was counted.
  init(trained: Double, running: Double, coded: Int) {
    (self.trained, self.running, self.coded) = (trained, running, coded)
  }

  /// Counts in vectors that were coded together, and whose mean error is given; one that overflows is as a very large one.
  mutating func add(_ error: Double, of vectors: Int) {
    let error = min(error, Double(Float.greatestFiniteMagnitude))
    running += (error - running) * min(1, Double(vectors) / Double(Self.window))
    coded += vectors
  }

  /// The figures of `IndexStatistics`.
  var figures: [String: Double] { ["reconstruction_error": trained, "coding_error": running] }

  /// Whether the error has grown to more than `threshold` times that of training, and a quarter of the `count` vectors
  /// there are has been coded since: so vectors are coded again five times each at the most, however often data drift.
  func hasDrifted(beyond threshold: Double, of count: Int) -> Bool {
    threshold > 0 && running > threshold * trained && coded >= count / 4
  }
}
