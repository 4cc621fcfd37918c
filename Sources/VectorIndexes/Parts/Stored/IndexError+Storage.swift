import OrderedStore
import VectorSearch

extension StoreError: IndexFailure {}

extension IndexError {
  /// The file of an index cannot be used, or can no longer be used.
  static func storage(_ error: StoreError) -> IndexError { .own(error) }

  /// The error of the index's file, if this is one; otherwise `nil`.
  public var storeError: StoreError? {
    guard case .own(let own) = self else { return nil }
    return own.failure as? StoreError
  }
}
