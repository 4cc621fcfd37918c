import OrderedStore
import VectorSearch

extension StoreError: IndexFailure {}

extension IndexError {
  /// The file of an index can't be used, or no longer.
  static func storage(_ error: StoreError) -> IndexError { .own(error) }

  /// What is wrong with the index's file, where that is the failure.
  public var storeError: StoreError? {
    guard case .own(let own) = self else { return nil }
    return own.failure as? StoreError
  }
}
