internal import CHDF5
import Foundation

/// An HDF5 file, opened for reading or newly created.
///
/// Several threads may use objects of one file; calls of the library are serialised. Truncated files, impossible shapes
/// and damaged data are refused with an `HDF5Error`, and so are datasets whose elements are in other files. Damaged
/// internal structures are mostly refused as well, but libhdf5 1.10 crashes on some of them and never returns from
/// others. So files from untrusted sources are read in a separate process under `HDF5CallLimits`.
///
/// Source: HDF5 File Format Specification 3.0, https://docs.hdfgroup.org.
public final class HDF5File: Sendable {
  public let path: String
  let handle: Handle
  let place: Place
  /// Whether the file cannot change while it is read, so that its bytes may be read without the library.
  let isReadOnly: Bool
  /// The size of the file in bytes when it was opened, an upper limit of the stored data; unknown for a new file.
  let size: Int

  /// The library's version, such as `1.10.8`.
  public static var libraryVersion: String {
    Library.locked {
      var (major, minor, release): (CUnsignedInt, CUnsignedInt, CUnsignedInt) = (0, 0, 0)
      H5get_libversion(&major, &minor, &release)
      return "\(major).\(minor).\(release)"
    }
  }

  private init(_ place: Place, _ handle: Handle, isReadOnly: Bool, size: Int = .max) {
    path = place.path
    self.size = size
    self.place = place
    self.handle = handle
    self.isReadOnly = isReadOnly
  }

  /// Opens a file for reading.
  ///
  /// - Throws: `missingFile`, `isFolder`, `isNoFile`, `notAccessible`, `notHDF5`, `truncated`; `library` for other
  ///   damage.
  public static func open(_ path: String) throws(HDF5Error) -> HDF5File {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw errno == ENOENT || errno == ENOTDIR
        ? .missingFile(path: path) : .notAccessible(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .isFolder(path: path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .isNoFile(path: path) }
    guard access(path, R_OK) == 0 else { throw .notAccessible(path: path, reason: String(cString: strerror(errno))) }
    let place = Place(path: path)
    return try Library.locked { () throws(HDF5Error) in
      CallCounter.note(path: path)
      guard H5Fis_hdf5(path) > 0 else { throw .notHDF5(path: path) }
      let handle = try place.handle("open the file", H5Fopen(path, chdf5_F_ACC_RDONLY(), 0))
      return HDF5File(place, handle, isReadOnly: true, size: Int(status.st_size))
    }
  }

  /// Creates a new, empty file, replacing an existing one.
  public static func create(_ path: String) throws(HDF5Error) -> HDF5File {
    let place = Place(path: path)
    return try Library.locked { () throws(HDF5Error) in
      let handle = try place.handle("create the file", H5Fcreate(path, chdf5_F_ACC_TRUNC(), 0, 0))
      return HDF5File(place, handle, isReadOnly: false)
    }
  }

  /// Writes what is still in memory and closes the file. Otherwise this happens with the last reference, without
  /// errors.
  public func close() throws(HDF5Error) {
    try Library.locked { () throws(HDF5Error) in try handle.release(place, "close the file") }
  }

  /// The names in the root group, in order; at most 1 000 of them.
  public func names() throws(HDF5Error) -> [String] {
    try Library.locked { () throws(HDF5Error) in
      var info = H5G_info_t()
      try place.check("list the file", H5Gget_info(handle.id, &info))
      var names: [String] = []
      for index in 0..<min(info.nlinks, 1_000) {
        let length = try place.check(
          "list the file", H5Lget_name_by_idx(handle.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, 0))
        // The library limits names to 64 KB; a longer one is damaged.
        guard length < 1 << 16 else { continue }
        var name = [CChar](repeating: 0, count: length + 1)
        try place.check(
          "list the file",
          H5Lget_name_by_idx(handle.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, &name, name.count, 0))
        names.append(String(decoding: name.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self))
      }
      return names
    }
  }

  /// Whether the root group has an object with this name.
  public func contains(_ name: String) throws(HDF5Error) -> Bool {
    try Library.locked { () throws(HDF5Error) in
      try place.object(name).check("look for the object", H5Lexists(handle.id, name, 0)) > 0
    }
  }

  /// Opens a dataset.
  ///
  /// - Throws: `missingDataset` with the existing names; `elsewhere`; `library` if the name is not a dataset.
  public func dataset(_ name: String) throws(HDF5Error) -> HDF5Dataset {
    guard try contains(name) else {
      throw .missingDataset(path: path, name: name, available: try names())
    }
    return try Library.locked { () throws(HDF5Error) in
      let place = place.object(name)
      let handle = try openHere(name, place)
      return try HDF5Dataset(file: self, handle, place)
    }
  }

  /// Opens a dataset and refuses links on its path into other files. The caller must hold the lock.
  private func openHere(_ name: String, _ place: Place) throws(HDF5Error) -> Handle {
    let access = try place.handle("prepare opening", H5Pcreate(chdf5_P_DATASET_ACCESS()))
    var target: String?
    let id = try withUnsafeMutablePointer(to: &target) { (target) throws(HDF5Error) in
      try place.check(
        "prepare opening",
        H5Pset_elink_cb(
          access.id,
          { _, _, file, _, _, _, target in
            target?.assumingMemoryBound(to: String?.self).pointee = oneLine(file)
            return -1
          }, target))
      return H5Dopen2(handle.id, name, access.id)
    }
    if let target {
      if id >= 0 { H5Dclose(id) }
      throw .elsewhere(path: path, name: name, target: target)
    }
    return try place.handle("open the dataset", id)
  }

  /// An attribute of the file itself (its root group); `nil` if there is none.
  public func attribute(_ name: String) throws(HDF5Error) -> HDF5Attribute? {
    try Library.locked { () throws(HDF5Error) in try HDF5Attribute.read(name, of: handle, place) }
  }
}
