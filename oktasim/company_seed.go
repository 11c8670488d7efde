package oktasim

// SeedCompany is being written.
func (o *Org) SeedCompany() {}
