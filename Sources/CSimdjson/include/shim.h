int dw_simdjson_present(void);
