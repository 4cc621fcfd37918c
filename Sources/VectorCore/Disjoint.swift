/// A buffer to which concurrent chunks write, each to its own elements.
///
/// `@unchecked Sendable`: the caller guarantees that no two threads access the same element.
public struct Disjoint<Element>: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Element>?

  /// - Parameter buffer: must outlive every use.
  public init(_ buffer: UnsafeMutableBufferPointer<Element>) { base = buffer.baseAddress }

  @inlinable
  public subscript(index: Int) -> Element {
    get { base.unsafelyUnwrapped[index] }
    nonmutating set { base.unsafelyUnwrapped[index] = newValue }
  }

  /// The address of element `index`.
  @inlinable
  public func address(_ index: Int) -> UnsafeMutablePointer<Element> { base.unsafelyUnwrapped + index }
}

/// Memory that concurrent chunks only read.
public struct Shared<Element>: @unchecked Sendable {
  public let pointer: UnsafePointer<Element>

  /// - Parameter pointer: must outlive every use; nobody may write to the memory meanwhile.
  public init(_ pointer: UnsafePointer<Element>) { self.pointer = pointer }
}
