#pragma once
#include <hdf5.h>

// HDF5 names its constants by macros that first initialise the library; Swift does not see those.

static inline hid_t steadyhand_h5p_default(void) { return H5P_DEFAULT; }
static inline hid_t steadyhand_h5p_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t steadyhand_h5p_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t steadyhand_h5p_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t steadyhand_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t steadyhand_h5p_link_create(void) { return H5P_LINK_CREATE; }

static inline unsigned steadyhand_h5f_create_new(void) { return H5F_ACC_EXCL; }
static inline unsigned steadyhand_h5f_replace(void) { return H5F_ACC_TRUNC; }
static inline unsigned steadyhand_h5f_read(void) { return H5F_ACC_RDONLY; }
static inline unsigned steadyhand_h5f_write(void) { return H5F_ACC_RDWR; }
/// Reading beside a writer, or after one that never closed the file.
static inline unsigned steadyhand_h5f_read_unclosed(void) { return H5F_ACC_RDONLY | H5F_ACC_SWMR_READ; }

static inline hid_t steadyhand_h5t_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t steadyhand_h5t_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t steadyhand_h5t_int32(void) { return H5T_STD_I32LE; }
static inline hid_t steadyhand_h5t_int64(void) { return H5T_STD_I64LE; }
static inline hid_t steadyhand_h5t_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t steadyhand_h5t_uint16(void) { return H5T_STD_U16LE; }
static inline hid_t steadyhand_h5t_uint32(void) { return H5T_STD_U32LE; }
static inline hid_t steadyhand_h5t_uint64(void) { return H5T_STD_U64LE; }
static inline hid_t steadyhand_h5t_c_string(void) { return H5T_C_S1; }

static inline hid_t steadyhand_h5s_all(void) { return H5S_ALL; }
static inline hsize_t steadyhand_h5s_unlimited(void) { return H5S_UNLIMITED; }
static inline size_t steadyhand_h5t_variable(void) { return H5T_VARIABLE; }
static inline hid_t steadyhand_h5e_default(void) { return H5E_DEFAULT; }
