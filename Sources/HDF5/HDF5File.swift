internal import CHDF5
import Foundation

/// An HDF5 file, open for reading or newly made.
///
/// Objects of one file may be used from several threads: calls into the library take turns. Truncated files, impossible
/// shapes and damaged data are refused with an `HDF5Error`, and so are datasets whose elements are in other files. Altered
/// internal structures mostly are, too, but libhdf5 1.10 crashes on some of them and never returns from others: a file
/// from elsewhere is read in a process of its own, under `HDF5CallLimits`. Source: HDF5 File Format Specification 3.0, https://docs.hdfgroup.org.
public final class HDF5File: Sendable {
  public let path: String
  let handle: Handle
  let place: Place
  /// Whether the file cannot change under its readers, so that its bytes may be read past the library.
  let isReadOnly: Bool
  /// Bytes of the file when it was opened, of which no more can be stored in it; of a new one unknown.
  let size: Int

  /// The library's version: `1.10.8`.
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
  /// - Throws: `missingFile`, `isFolder`, `isNoFile`, `notAccessible`, `notHDF5`, `truncated`, or `library` for other
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

  /// Makes a new, empty file, in place of one that is there.
  public static func create(_ path: String) throws(HDF5Error) -> HDF5File {
    let place = Place(path: path)
    return try Library.locked { () throws(HDF5Error) in
      let handle = try place.handle("create the file", H5Fcreate(path, chdf5_F_ACC_TRUNC(), 0, 0))
      return HDF5File(place, handle, isReadOnly: false)
    }
  }

  /// Writes what is still in memory and closes; without it that happens, unchecked, with the last reference.
  public func close() throws(HDF5Error) {
    try Library.locked { () throws(HDF5Error) in try handle.release(place, "close the file") }
  }

  /// The names at the top of the file, in order; at most 1 000 of them.
  public func names() throws(HDF5Error) -> [String] {
    try Library.locked { () throws(HDF5Error) in
      var info = H5G_info_t()
      try place.check("list the file", H5Gget_info(handle.id, &info))
      var names: [String] = []
      for index in 0..<min(info.nlinks, 1_000) {
        let length = try place.check(
          "list the file", H5Lget_name_by_idx(handle.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, 0))
        // The library keeps names below 64 KB; a longer one is damage.
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

  /// Whether there is an object of that name at the top of the file.
  public func contains(_ name: String) throws(HDF5Error) -> Bool {
    try Library.locked { () throws(HDF5Error) in
      try place.object(name).check("look for the object", H5Lexists(handle.id, name, 0)) > 0
    }
  }

  /// Opens a dataset.
  ///
  /// - Throws: `missingDataset` with the names there are; `elsewhere`; `library` where the name is something else.
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

  /// Opens a dataset without following links, whichever lead to it, into other files. Call it with the lock held.
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

  /// An attribute of the file itself (its root group), nil where there is none.
  public func attribute(_ name: String) throws(HDF5Error) -> HDF5Attribute? {
    try Library.locked { () throws(HDF5Error) in try HDF5Attribute.read(name, of: handle, place) }
  }
}
