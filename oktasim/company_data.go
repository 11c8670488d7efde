package oktasim

import "strings"

// The seeded company, Northwind Rail: a maker of railway equipment with four
// offices. All of it is made up.

// department is one part of the company, with how many people it has, the
// titles from the top down (the first is its head's) and where it sits.
type department struct {
	name, division, head string
	size                 int
	titles               []string
	offices              []string
}

var departments = []department{
	{"Executive", "Corporate", "Chief Executive Officer", 6, []string{"Chief Financial Officer", "Chief Technology Officer", "Chief Operating Officer", "Chief People Officer", "General Counsel"}, []string{"Rotterdam"}},
	{"Engineering", "Product", "VP Engineering", 72, []string{"Engineering Manager", "Staff Engineer", "Senior Engineer", "Engineer", "Engineer", "QA Engineer"}, []string{"Rotterdam", "Lyon", "Porto"}},
	{"Product", "Product", "VP Product", 16, []string{"Group Product Manager", "Product Manager", "Product Designer", "User Researcher"}, []string{"Rotterdam", "Lyon"}},
	{"Information Technology", "Corporate", "Head of IT", 14, []string{"IT Manager", "Systems Administrator", "Identity Engineer", "Support Specialist", "Support Specialist"}, []string{"Rotterdam", "Porto"}},
	{"Security", "Corporate", "Chief Information Security Officer", 8, []string{"Security Engineer", "Security Analyst", "Compliance Analyst"}, []string{"Rotterdam"}},
	{"Sales", "Commercial", "VP Sales", 46, []string{"Regional Sales Director", "Account Executive", "Account Executive", "Sales Engineer", "Sales Development Representative"}, []string{"Rotterdam", "Lyon", "Chicago"}},
	{"Marketing", "Commercial", "VP Marketing", 18, []string{"Campaign Manager", "Content Writer", "Events Coordinator", "Marketing Analyst"}, []string{"Lyon", "Chicago"}},
	{"Customer Support", "Commercial", "Director of Support", 36, []string{"Support Team Lead", "Support Engineer", "Support Agent", "Support Agent"}, []string{"Porto", "Chicago"}},
	{"Finance", "Corporate", "Director of Finance", 20, []string{"Controller", "Accountant", "Payroll Specialist", "Financial Analyst"}, []string{"Rotterdam", "Chicago"}},
	{"People", "Corporate", "Director of People", 14, []string{"People Partner", "Recruiter", "People Operations Specialist"}, []string{"Rotterdam", "Porto"}},
	{"Legal", "Corporate", "Director of Legal", 7, []string{"Legal Counsel", "Contract Manager", "Paralegal"}, []string{"Rotterdam"}},
	{"Manufacturing", "Operations", "Plant Director", 43, []string{"Shift Supervisor", "Process Engineer", "Machine Operator", "Machine Operator", "Quality Inspector", "Maintenance Technician"}, []string{"Porto", "Chicago"}},
}

// offices are the company's places: country, state, time zone, telephone prefix.
var offices = map[string][4]string{
	"Rotterdam": {"NL", "Zuid-Holland", "Europe/Amsterdam", "+31 10 555 "},
	"Lyon":      {"FR", "Rhône", "Europe/Paris", "+33 4 55 55 "},
	"Porto":     {"PT", "Porto", "Europe/Lisbon", "+351 22 555 "},
	"Chicago":   {"US", "IL", "America/Chicago", "+1 312 555 "},
}

var firstNames = strings.Fields(`Ada Adriana Aisha Alma Amara Amélie Anders Andrea Anika Antoine Arjun Astrid Beatriz Benedikt Bram Camille Carlos Catarina
	Celeste Chidi Clara Daan Dalia Daniel Diego Diogo Elena Elif Elsa Emeka Emil Esther Ewa Fadi Fatima Felix Femke Filipa Finn Freya Gabriel
	Gita Grace Hana Hassan Hugo Ibrahim Ines Ingrid Isaac Isabel Ivana Jakob Jasper Joana João Jonas Josephine Juan Judith Kai Karin Kenji Khadija
	Klara Kofi Lars Layla Leon Lotte Louise Lucas Luisa Maarten Mads Magda Maite Malik Marco Margot Maria Mateus Matilde Maya Mei Mila Mohammed
	Nadia Naomi Nils Noor Nora Olga Olivier Omar Oscar Paula Pedro Petra Pierre Priya Quentin Rafael Rania Rasmus Ravi Renate Rita Rosa Ruben Samira
	Sanne Sara Simon Sofia Stefan Svea Tariq Tessa Theo Thijs Tomás Ulla Uma Vera Victor Wanda Wei Willem Xavier Yara Yusuf Zara Zoe`)

var lastNames = strings.Fields(`Abbott Adeyemi Aguiar Almeida Andersen Arnaud Bakker Barbosa Becker Bergström Bernard Blanc Bonnet Bouchard Brandt Brouwer
	Carvalho Castro Chen Costa Cruz Dahl Dekker Delgado Diallo Dijkstra Dubois Dupont Eklund Fernandes Ferreira Fischer Fontaine Fournier Garcia Gomes
	Gonzalez Green Gupta Haddad Hansen Haque Hernandez Hoekstra Hoffman Ivanov Jansen Johansson Jones Kaya Keller Khan Kim Klein Kowalski Kumar Lambert
	Larsen Laurent Lee Lefebvre Lima Lindqvist Lopes Martens Martin Mendes Meyer Mishra Moreau Morris Mulder Nakamura Navarro Nguyen Nielsen Novak
	Okafor Oliveira Olsen Ortiz Osei Pacheco Park Patel Pereira Petit Pinto Popescu Quist Ramos Reis Reyes Ribeiro Rocha Rossi Rousseau Santos Sato
	Schmidt Schneider Schouten Sharma Silva Singh Smit Sousa Suzuki Svensson Tanaka Teixeira Torres Tran Vermeulen Visser Vos Wagner Walker Wang
	Weber Willems Wilson Wójcik Wong Yilmaz Young Zhang Zimmermann`)

// seededGroup is a group and the rule that fills it; "" is filled by hand.
type seededGroup struct{ name, about, rule string }

// otherGroups are the groups beside one per department and per office.
var otherGroups = []seededGroup{
	{"All Employees", "Everyone on the payroll", `user.userType=="Employee"`},
	{"Contractors", "People from other firms; access ends with the contract", `user.userType=="Contractor"`},
	{"People Managers", "Everyone who has reports", ""},
	{"On-call Engineers", "Take turns with the pager", ""},
	{"VPN Users", "May connect from outside the offices", ""},
	{"GitHub Maintainers", "May merge to main branches", ""},
	{"Production Access", "May reach production systems; reviewed each quarter", ""},
	{"Payroll Approvers", "Approve the monthly pay run", ""},
	{"Expense Approvers", "Approve expenses above 500", ""},
	{"Design Tools", "Licences for design software", ""},
	{"Sales Leadership", "Forecast calls and quota", ""},
	{"Legal Hold", "Mailboxes kept for a case", ""},
	{"New Hires", "First 30 days: onboarding plan", ""},
	{"Leavers", "Last two weeks: handover", ""},
	{"Travel Booking", "May book without approval", ""},
	{"Works Council", "Elected representatives", ""},
	{"First Aiders", "Trained in the offices", ""},
	{"Data Platform", "Warehouse and dashboards", ""},
	{"Board Papers", "Readers of the board's documents", ""},
	{"Beta Testers", "Try new releases first", ""},
	{"Parking Permits", "Rotterdam garage", ""},
	{"IT Administrators", "Administer company systems", ""},
	{"Service Desk", "Answer tickets and reset passwords", ""},
}

// seededApp is an app and the groups it is assigned to.
type seededApp struct {
	label, mode, address string
	groups               []string
}

var seededApps = []seededApp{
	{"Workday", "SAML_2_0", "https://hr.northwind-rail.example/saml", []string{"All Employees"}},
	{"Google Workspace", "SAML_2_0", "https://mail.northwind-rail.example/saml", []string{"All Employees", "Contractors"}},
	{"Slack", "SAML_2_0", "https://chat.northwind-rail.example/saml", []string{"All Employees", "Contractors"}},
	{"GitHub", "SAML_2_0", "https://code.northwind-rail.example/saml", []string{"Engineering"}},
	{"AWS", "SAML_2_0", "https://cloud.northwind-rail.example/saml", []string{"Production Access"}},
	{"Salesforce", "SAML_2_0", "https://crm.northwind-rail.example/saml", []string{"Sales", "Marketing"}},
	{"Zendesk", "SAML_2_0", "https://support.northwind-rail.example/saml", []string{"Customer Support"}},
	{"Expensify", "AUTO_LOGIN", "https://expenses.northwind-rail.example/login", []string{"All Employees"}},
	{"DocuSign", "AUTO_LOGIN", "https://sign.northwind-rail.example/login", []string{"Legal", "Sales", "Finance"}},
	{"Figma", "SAML_2_0", "https://design.northwind-rail.example/saml", []string{"Design Tools", "Product"}},
	{"Plant Control", "OPENID_CONNECT", "https://plant.northwind-rail.example/callback", []string{"Manufacturing"}},
	{"Company Wiki", "OPENID_CONNECT", "https://wiki.northwind-rail.example/callback", []string{"All Employees", "Contractors"}},
	{"Payroll", "AUTO_LOGIN", "https://payroll.northwind-rail.example/login", []string{"Payroll Approvers"}},
	{"Canteen Menu", "BOOKMARK", "https://canteen.northwind-rail.example/", []string{"Rotterdam office", "Porto office"}},
	{"Status Page", "BOOKMARK", "https://status.northwind-rail.example/", []string{"Engineering", "Customer Support", "Information Technology"}},
}
