import IndexConformance
import VectorSearch

/// One thing that an index does wrong.
enum Fault: String, CaseIterable, Sendable {
  case none
  // Answers
  case missesTheNearest, unsorted, squaredDistances, idsTwiceBeyondCount, findsNothing, throwsAlways
  // Changes
  case countsOneTooMany, tiesByID, keepsSequence, storedIDReplaces, keepsMetadata, keepsVector, firstInBatchWins
  case replacedCountsAsNew, keepsHalfABatch, acceptsNaN, acceptsInfinity, acceptsOtherDimension
  case acceptsIDTwice, acceptsOneMetadata, acceptsTooFewIDs, growsOnRefusal
  case findsRemoved, removesTwice, countsRemoved, removesTwo
  // Training
  case searchesUntrained, insertsUntrained, trainsTwice, storesTrainingVectors, trainsOnInfinity, isTrainedAfterRefusal
  case retrainingForgets, retrainingRestores, retrainingThrows
  // Values
  case answersK0, throwsWhenEmpty, minusZeroDistance, minusZeroDiffers, zeroQueryUnderAngular
  case hugeIsFinite, refusesHuge
  // Refused searches
  case acceptsNaNQuery, acceptsOtherMetric, acceptsDeepFilter, acceptsNegativeK, filterBeforeMetric, metricBeforeQuery
  case answersBeforeRefusal
  // Filters
  case ignoresFilter, filtersTheNearest, absentFieldIsAccepted, metadataOutlivesRemoval
  // Agreement
  case dependsOnThreads, isNotSeeded, seventeenthOfBatch, batchIgnoresFilter, batchIgnoresParameters
  case batchCountsNoDistances, batchHasNoRoom, searchesDisturbOneAnother, refusesConcurrentSearches
  // Statistics
  case otherKind, otherCount, constantMemory, memoryWithoutMetadata, memoryOfRemoved, memoryWithoutVectors
  case bytesOnDisk

  /// The check that should find it.
  var check: ConformanceCheck {
    switch self {
    case .none, .missesTheNearest, .unsorted, .squaredDistances, .idsTwiceBeyondCount, .findsNothing, .throwsAlways:
      .answers
    case .countsOneTooMany: .filling
    case .tiesByID, .keepsSequence: .ties
    case .storedIDReplaces, .keepsMetadata, .keepsVector, .firstInBatchWins, .replacedCountsAsNew: .conflictRules
    case .keepsHalfABatch, .acceptsNaN, .acceptsInfinity, .acceptsOtherDimension, .acceptsIDTwice,
      .acceptsOneMetadata, .acceptsTooFewIDs, .growsOnRefusal:
      .refusedBatches
    case .findsRemoved, .removesTwice, .countsRemoved: .removal
    case .removesTwo: .randomOperations
    case .searchesUntrained, .insertsUntrained, .trainsTwice, .storesTrainingVectors, .trainsOnInfinity,
      .isTrainedAfterRefusal:
      .training
    case .retrainingForgets, .retrainingRestores, .retrainingThrows: .retraining
    case .answersK0, .throwsWhenEmpty: .emptyAnswers
    case .minusZeroDistance, .minusZeroDiffers, .zeroQueryUnderAngular: .zeros
    case .hugeIsFinite, .refusesHuge: .hugeValues
    case .acceptsNaNQuery, .acceptsOtherMetric, .acceptsDeepFilter, .acceptsNegativeK, .filterBeforeMetric,
      .metricBeforeQuery, .answersBeforeRefusal:
      .refusedSearches
    case .ignoresFilter, .filtersTheNearest, .absentFieldIsAccepted, .metadataOutlivesRemoval: .filters
    case .dependsOnThreads, .isNotSeeded: .determinism
    case .seventeenthOfBatch, .batchIgnoresFilter, .batchIgnoresParameters, .batchCountsNoDistances, .batchHasNoRoom:
      .batches
    case .searchesDisturbOneAnother, .refusesConcurrentSearches: .concurrentSearches
    case .otherKind, .otherCount, .constantMemory, .memoryWithoutMetadata, .memoryOfRemoved, .memoryWithoutVectors,
      .bytesOnDisk:
      .statistics
    }
  }

  /// A metric under which it shows.
  var metric: Metric { self == .zeroQueryUnderAngular ? .angular : .euclidean }

  /// Whether an answer that lacks something is no fault of an index whose searches are approximate.
  var isAllowedInApproximateSearch: Bool {
    [.none, .missesTheNearest, .filtersTheNearest].contains(self)
  }

  /// Whether it is that the index accepts what this error refuses.
  func accepts(_ error: IndexError) -> Bool {
    switch (self, error) {
    case (.acceptsNaNQuery, .notFinite(_, _, let value)), (.acceptsNaN, .notFinite(_, _, let value)): value.isNaN
    case (.acceptsInfinity, .notFinite(_, _, let value)), (.trainsOnInfinity, .notFinite(_, _, let value)):
      value.isInfinite
    case (.acceptsOtherMetric, .metricMismatch), (.acceptsDeepFilter, .invalidFilter),
      (.acceptsOtherDimension, .dimensionMismatch), (.acceptsIDTwice, .duplicateID):
      true
    case (.acceptsNegativeK, .invalidParameter("k", _, _)): true
    case (.acceptsOneMetadata, .countMismatch("metadata", _, _)), (.acceptsTooFewIDs, .countMismatch("ids", _, _)):
      true
    default: false
    }
  }
}
